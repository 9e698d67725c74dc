package org.socketproxy.policy.scope;

import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonElements;

/**
 * A request that is restricted to the objects of a profile.
 *
 * @param target the target to forward; its filters select the profile's objects as far as the daemon can filter
 * @param view makes a splitter for one response, which removes objects of other profiles; null if the response has none
 */
public record ScopedRequest(RequestTarget target, @Nullable Supplier<JsonElements> view) {
    /** Values that every parser of the daemon reads as no. */
    private static final Set<String> NO = Set.of("false", "0");

    /**
     * Restricts the target and the response of a request to the objects of a profile.
     *
     * @throws BadTargetException if two parsers could read a parameter in different ways
     * @throws OutOfScopeException if it cannot be restricted
     */
    public static ScopedRequest of(Scope scope, Operation operation, RequestTarget target)
            throws BadTargetException, OutOfScopeException {
        return switch (ScopeRule.of(operation).action()) {
            case LIST -> ScopedFilters.list(scope, operation, target);
            case PRUNE -> {
                checkParameters(operation, target);
                yield ScopedFilters.prune(scope, operation, target);
            }
            case INFO -> new ScopedRequest(target, () -> new InfoCounts(scope).elements(operation));
            case USAGE -> new ScopedRequest(target, () -> DiskUsage.elements(scope));
            case EVENTS -> ScopedFilters.events(scope, operation, target);
            case OBJECT, CREATE -> {
                checkParameters(operation, target);
                yield new ScopedRequest(
                        labelled(scope, operation, target), ScopedResponses.of(scope, operation, target));
            }
            case OBJECTS -> {
                checkParameters(operation, target);
                ObjectRefs.checkRepeated(operation, target);
                yield new ScopedRequest(target, ScopedResponses.of(scope, operation, target));
            }
            case PASS, DENY -> new ScopedRequest(target, null);
        };
    }

    /**
     * Lets a prune spare protected objects, and checks the parameters. The containers that {@code force} would remove are asked for
     * later.
     *
     * @param guarded the elements of {@code PROTECT}
     * @throws BadTargetException if two parsers could read a parameter in different ways
     * @throws OutOfScopeException if the request could reach a protected object without its name
     */
    static RequestTarget sparing(List<Scope> guarded, Operation operation, RequestTarget target)
            throws BadTargetException, OutOfScopeException {
        checkParameters(operation, target, Set.of("force"));
        ScopeRule.Action action = ScopeRule.of(operation).action();
        if (action == ScopeRule.Action.OBJECTS) {
            ObjectRefs.checkRepeated(operation, target);
        }
        return action == ScopeRule.Action.PRUNE ? ScopedFilters.sparing(guarded, operation, target) : target;
    }

    /** Adds the profile's labels to a new object with labels in the query. */
    private static RequestTarget labelled(Scope scope, Operation operation, RequestTarget target)
            throws BadTargetException, OutOfScopeException {
        return switch (operation.verb()) {
            case BUILD -> ForcedLabels.ofBuild(scope, target);
            case CREATE_SECRET -> operation.isLibpod() ? ForcedLabels.ofSecret(scope, target) : target;
            case COMMIT -> operation.isLibpod() ? ForcedLabels.ofCommit(scope, target) : target;
            default -> target;
        };
    }

    /**
     * Denies parameters of Podman that reach another object than the one in the path: {@code depend} removes the containers that
     * depend on a container, {@code force} those that use an image, a network or a volume, also on Docker's paths; dockerd keeps them,
     * but the proxy does not know which daemon answers. {@code ignoreIfExists} describes the network that has the name,
     * {@code ignore} tells the id of the secret that has it, and {@code replace} changes this secret.
     */
    private static void checkParameters(Operation operation, RequestTarget target) throws OutOfScopeException {
        checkParameters(operation, target, Set.of());
    }

    private static void checkParameters(Operation operation, RequestTarget target, Set<String> allowed)
            throws OutOfScopeException {
        for (String name : operation.rules().denied()) {
            if (!allowed.contains(name) && !NO.containsAll(target.parameters().getOrDefault(name, List.of()))) {
                throw new OutOfScopeException("the parameter " + name + " can reach objects of others");
            }
        }
    }
}
