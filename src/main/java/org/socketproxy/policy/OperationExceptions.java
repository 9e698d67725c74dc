package org.socketproxy.policy;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.scope.Scope;

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
     * @param objects the objects on which the operation is allowed, or null for all
     */
    public record Allowed(@Nullable Instant until, @Nullable Scope objects) {
        public static final Allowed ALWAYS = new Allowed(null, null);

        /** Returns the conditions as text, such as {@code  on label:a=b until 2026-12-01T18:00:00Z}; empty without conditions. */
        public String text() {
            return (objects == null ? "" : " on " + String.join(",", objects.texts()))
                    + (until == null ? "" : " until " + until);
        }
    }

    /** Creates exceptions without conditions. */
    public static OperationExceptions of(Set<String> allowed, Set<String> denied) {
        return new OperationExceptions(
                allowed.stream().collect(Collectors.toMap(Function.identity(), id -> Allowed.ALWAYS)), denied);
    }

    /** Returns the objects of the operations that are allowed on some only, by the id of the operation. */
    public Map<String, Scope> selectors() {
        Map<String, Scope> selectors = new HashMap<>();
        allowed.forEach((id, conditions) -> {
            if (conditions.objects() != null) {
                selectors.put(id, conditions.objects());
            }
        });
        return selectors;
    }

    /** Returns the allowed operations with their conditions, such as {@code ContainerExec until 2026-12-01T18:00:00Z}. */
    public List<String> allowedTexts() {
        return allowed.entrySet().stream()
                .map(each -> each.getKey() + each.getValue().text())
                .sorted()
                .toList();
    }
}
