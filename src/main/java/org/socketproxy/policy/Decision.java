package org.socketproxy.policy;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;

/**
 * The outcome for one request, and its cause.
 *
 * @param operation what was asked, or null if the catalogue has no such operation
 * @param isWrite whether it was judged as a write
 * @param by the variables that allow it, together; empty where it is denied
 * @param alternatives what would allow it, narrowest first; empty where it is allowed, or nothing would
 * @param rule the parameter rule that denies it, or null
 */
public record Decision(
        Reason reason,
        @Nullable Operation operation,
        boolean isWrite,
        List<String> by,
        List<Alternative> alternatives,
        @Nullable ParameterRule rule) {

    public Decision {
        by = List.copyOf(by);
        alternatives = List.copyOf(alternatives);
    }

    /** A decision by the variables. */
    public Decision(
            Reason reason,
            @Nullable Operation operation,
            boolean isWrite,
            List<String> by,
            List<Alternative> alternatives) {
        this(reason, operation, isWrite, by, alternatives, null);
    }

    /** The denial of a request that violates a parameter rule. */
    static Decision violating(ParameterRule rule, Operation operation, boolean isWrite) {
        return new Decision(rule.reason(), operation, isWrite, List.of(), List.of(), rule);
    }

    /**
     * One way to allow what was denied.
     *
     * @param missing the variables to set, all of them
     * @param opens how many operations they would newly open
     */
    public record Alternative(List<String> missing, int opens) {
        public Alternative {
            missing = List.copyOf(missing);
        }

        /** Such as {@code CONTAINERS=1 and POST=1}. */
        @Override
        public String toString() {
            return String.join("=1 and ", missing) + "=1";
        }
    }

    public boolean isAllowed() {
        return reason.isAllowed();
    }
}
