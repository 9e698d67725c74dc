package org.socketproxy.policy;

/**
 * What one kind of client may do.
 *
 * <p>Threading: safe for any number of threads.
 *
 * @param name unique among the profiles in force
 * @param policy decides a request by its operation and its parameters
 * @param learning for how long the proxy forwards requests that lack a variable
 * @param transforms change responses on their way to the client
 */
public record Profile(String name, Policy policy, LearnMode learning, ResponseTransforms transforms) {
    /** Name of the profile that the environment configures. */
    public static final String DEFAULT = "default";

    /** Returns whether the proxy forwards a request with this decision: it is allowed, or learn mode lets the denial through. */
    public boolean letsThrough(Decision decision) {
        return decision.isAllowed() || learning.letsThrough(decision);
    }
}
