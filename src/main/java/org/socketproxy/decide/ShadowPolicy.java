package org.socketproxy.decide;

import org.socketproxy.policy.Profiles;
import org.socketproxy.usage.ShadowCounts;

/**
 * The policy in {@code SHADOW_POLICY}, which is applied to forwarded exchanges and never changes one.
 *
 * @param file its name, for the page
 * @param counts begin when the policy is read
 */
public record ShadowPolicy(String file, Profiles profiles, ShadowCounts counts) {}
