package org.socketproxy.policy;

import org.jspecify.annotations.Nullable;

/**
 * Environment variable that allows operations.
 *
 * @param name name of the environment variable
 * @param isOnByDefault whether the variable is on if the environment does not set it
 * @param opens description of the operations that the variable allows
 * @param danger gain of an attacker by it, or null
 */
public record Variable(
        String name,
        boolean isOnByDefault,
        String opens,
        @Nullable String danger) {}
