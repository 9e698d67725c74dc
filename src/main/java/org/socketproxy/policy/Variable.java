package org.socketproxy.policy;

import org.jspecify.annotations.Nullable;

/**
 * Environment variable that allows operations.
 *
 * @param opens description of these operations
 * @param danger gain of an attacker by it, or null
 */
public record Variable(
        String name,
        boolean isOnByDefault,
        String opens,
        @Nullable String danger) {}
