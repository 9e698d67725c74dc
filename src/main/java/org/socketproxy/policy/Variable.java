package org.socketproxy.policy;

import org.jspecify.annotations.Nullable;

/**
 * One environment switch that grants.
 *
 * @param isOnByDefault what holds where the environment says nothing
 * @param opens what it opens, for people
 * @param danger what an attacker could do with it, for people, or null
 */
public record Variable(
        String name,
        boolean isOnByDefault,
        String opens,
        @Nullable String danger) {}
