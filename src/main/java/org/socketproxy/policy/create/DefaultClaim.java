package org.socketproxy.policy.create;

import java.util.List;

/**
 * A value of a body that is harmless if the daemon sets it by itself, or is stricter than what it sets.
 *
 * @param values the value, or the elements of a list
 * @param violation the denial if it is not the daemon's default
 */
public record DefaultClaim(Kind kind, List<String> values, Violation violation) {
    /** Field of the value. */
    public enum Kind {
        RUNTIME,
        SECURITY_OPTION,
        CAPABILITY,
        MASKED_PATHS,
        READONLY_PATHS,
        /** At most the memory of the daemon's machine. */
        MEMORY,
        /** At most twice as much. */
        MEMORY_AND_SWAP
    }

    public DefaultClaim {
        values = List.copyOf(values);
    }
}
