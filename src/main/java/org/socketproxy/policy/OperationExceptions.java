package org.socketproxy.policy;

import java.util.Set;

/** Operations that a profile allows or denies by their ids, independent of the variables. A denial takes precedence. */
public record OperationExceptions(Set<String> allowed, Set<String> denied) {
    public static final OperationExceptions NONE = new OperationExceptions(Set.of(), Set.of());

    public OperationExceptions {
        allowed = Set.copyOf(allowed);
        denied = Set.copyOf(denied);
    }
}
