package org.socketproxy.policy;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Operations that a profile allows or denies by their ids, independent of the variables. A denial takes precedence.
 *
 * @param allowed the conditions of the allowed operations, by id
 */
public record OperationExceptions(Map<String, Allowed> allowed, Set<String> denied) {
    public static final OperationExceptions NONE = of(Set.of(), Set.of());

    public OperationExceptions {
        allowed = Map.copyOf(allowed);
        denied = Set.copyOf(denied);
    }

    /**
     * Conditions of an allowed operation.
     *
     * @param until end of the permission, or null
     */
    public record Allowed(@Nullable Instant until) {
        public static final Allowed ALWAYS = new Allowed(null);

        /** Returns the conditions as text, such as {@code  until 2026-12-01T18:00:00Z}; empty without conditions. */
        public String text() {
            return until == null ? "" : " until " + until;
        }
    }

    /** Creates exceptions without conditions. */
    public static OperationExceptions of(Set<String> allowed, Set<String> denied) {
        return new OperationExceptions(
                allowed.stream().collect(Collectors.toMap(Function.identity(), id -> Allowed.ALWAYS)), denied);
    }

    /** Returns the allowed operations with their conditions, such as {@code ContainerExec until 2026-12-01T18:00:00Z}. */
    public List<String> allowedTexts() {
        return allowed.entrySet().stream()
                .map(each -> each.getKey() + each.getValue().text())
                .sorted()
                .toList();
    }
}
