package org.socketproxy.policy;

import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;

/**
 * Permissions of one kind of client: the variables that are on, the parameter rules, and learn mode.
 *
 * <p>Threading: safe for any number of threads.
 *
 * @param name unique among the profiles in force
 * @param policy decides an operation by the variables (stage 1)
 * @param rules check the parameters of a request (stage 2)
 * @param learning for how long the proxy forwards requests that lack a variable
 */
public record Profile(String name, Policy policy, ParameterRules rules, LearnMode learning) {
    /** Name of the profile that the environment configures. */
    public static final String DEFAULT = "default";

    /**
     * Decides one request: stage 1 checks the operation by the variables, stage 2 its parameters by the rules.
     *
     * @param operation the operation of the request, or null if the catalogue does not have it
     */
    public Decision decide(@Nullable Operation operation, RequestTarget target, RequestHead head) {
        boolean isFromBrowser = head.isFromBrowser();
        if (operation == null) {
            return Decision.denied(isFromBrowser ? Reason.BROWSER : Reason.UNLISTED, null, false);
        }
        boolean isWrite = operation.isWrite(target);
        if (isFromBrowser && !operation.isWebSocket()) {
            return Decision.denied(Reason.BROWSER, operation, isWrite);
        }
        Decision decision = policy.decide(operation, isWrite);
        // Stage 2 also applies if a variable is missing, because learn mode forwards such a request.
        return decision.isAllowed() || decision.reason() == Reason.VARIABLE_MISSING
                ? rules.firstViolated(operation, target, head, policy.granted())
                        .map(rule -> Decision.violating(rule, operation, isWrite))
                        .orElse(decision)
                : decision;
    }

    /** Whether the proxy forwards a request with this decision: it is allowed, or learn mode lets the denial through. */
    public boolean letsThrough(Decision decision) {
        return decision.isAllowed() || learning.letsThrough(decision);
    }
}
