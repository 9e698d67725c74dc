package org.socketproxy.policy.scope;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules.Trait;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.scope.ObjectRule.Kind;

/**
 * Conditions on the objects that clients of a profile change, enter and remove.
 *
 * @param targets the setting {@code WRITE_TARGETS}, or null for all objects
 * @param operations the objects of single operations, by the id of the operation
 * @param guarded the elements of {@code PROTECT}; each selects objects that no client changes
 */
public record WriteRules(@Nullable Scope targets, Map<String, Scope> operations, List<Scope> guarded) {
    public static final WriteRules NONE = new WriteRules(null, Map.of(), List.of());

    public WriteRules {
        operations = Map.copyOf(operations);
        guarded = List.copyOf(guarded);
    }

    /** Returns the same rules for another profile: its requests do not wait for those of other profiles. */
    public WriteRules forProfile() {
        return new WriteRules(
                targets,
                operations,
                guarded.stream().map(each -> each.amid(List.of())).toList());
    }

    /** Returns true if a client of an operation could get the rights of the host, unless {@code CREATE=safe} judges it. */
    public static boolean needsCreate(Operation operation) {
        return ScopedBody.isOf(operation) || operation.is(Trait.RUNS_CODE);
    }

    /** Returns true if the daemon, or the proxy for it, can select the objects of an operation. */
    public static boolean isSelectable(Operation operation) {
        return switch (ScopeRule.of(operation).action()) {
            case OBJECT, OBJECTS, CREATE, PRUNE -> true;
            case PASS, DENY, LIST, EVENTS, USAGE, INFO -> false;
        };
    }

    /** Returns true if an operation changes only objects that the rules select for it. */
    public boolean selects(Operation operation) {
        return operations.containsKey(operation.id())
                || targets != null
                        && isSelectable(operation)
                        && ScopeRule.changes(operation, operation.write().isPossible());
    }

    /** Returns true if the rules may concern requests of an operation. */
    public boolean concerns(Operation operation) {
        boolean isGeneral = targets != null || !guarded.isEmpty();
        return isGeneral && ScopeRule.changes(operation, operation.write().isPossible())
                || operations.containsKey(operation.id());
    }

    /**
     * Returns the rules for the objects of a request, in the order of their evaluation.
     *
     * @param isWrite whether the request is a write, by its method or a parameter
     */
    public List<ObjectRule> of(Operation operation, boolean isWrite) {
        if (!concerns(operation)) {
            return List.of();
        }
        List<ObjectRule> rules = new ArrayList<>();
        boolean isChange = ScopeRule.changes(operation, isWrite);
        if (isChange && targets != null) {
            rules.add(new ObjectRule(Kind.WRITE_TARGETS, targets));
        }
        if (operations.containsKey(operation.id())) {
            rules.add(new ObjectRule(Kind.OPERATION, operations.get(operation.id())));
        }
        if (isChange) {
            guarded.forEach(each -> rules.add(new ObjectRule(Kind.PROTECT, each)));
        }
        return rules;
    }

    /** Returns true if an operation cannot be confined to {@code WRITE_TARGETS}, although it changes objects. */
    public boolean isUnconfined(Operation operation, boolean isWrite) {
        return targets != null && ScopeRule.of(operation).isDenied() && ScopeRule.changes(operation, isWrite);
    }

    /** Returns true if an operation could change protected objects that its requests do not name. */
    public boolean isReachingProtected(Operation operation) {
        return !guarded.isEmpty() && operation.is(Trait.REACHES_ALL);
    }

    /**
     * Restricts a prune to the objects that the rules allow, adds labels to what the query creates, and checks the parameters.
     *
     * @throws BadTargetException if two parsers could read a parameter in different ways
     * @throws OutOfScopeException if it cannot be restricted
     */
    public ScopedRequest confine(Operation operation, ScopedRequest request)
            throws BadTargetException, OutOfScopeException {
        RequestTarget target = request.target();
        for (ObjectRule rule : of(operation, operation.isWrite(target))) {
            target = rule.isProtecting()
                    ? ScopedRequest.sparing(guarded, operation, target)
                    : ScopedRequest.of(rule.scope(), operation, target).target();
        }
        return new ScopedRequest(target, request.view());
    }

    /** Returns the rules as settings, and as conditions of operations such as {@code ContainerRestart on label:restart=allowed}. */
    public List<String> summary() {
        List<String> lines = new ArrayList<>();
        if (targets != null) {
            lines.add(Kind.WRITE_TARGETS + "=" + String.join(",", targets.texts()));
        }
        new TreeMap<>(operations).forEach((id, objects) -> lines.add(id + " on " + String.join(",", objects.texts())));
        if (!guarded.isEmpty()) {
            lines.add(Kind.PROTECT
                    + "="
                    + guarded.stream().flatMap(each -> each.texts().stream()).collect(Collectors.joining(",")));
        }
        return lines;
    }

    /** Returns true if the same objects are allowed with other rules, also to a stream that has begun. */
    public boolean isSame(WriteRules other, Operation operation, boolean isWrite) {
        return texts(operation, isWrite).equals(other.texts(operation, isWrite));
    }

    private Set<String> texts(Operation operation, boolean isWrite) {
        return of(operation, isWrite).stream()
                .map(rule -> rule.kind() + " " + new TreeSet<>(rule.scope().texts()))
                .collect(Collectors.toSet());
    }
}
