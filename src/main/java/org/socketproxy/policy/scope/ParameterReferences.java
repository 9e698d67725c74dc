package org.socketproxy.policy.scope;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.scope.Confinement.Subject;

/**
 * Objects that a parameter of Podman's own API names, which can be repeated: the containers of the requested statistics, and the
 * images that are removed.
 *
 * <p>Security: without a name Podman takes all containers or images.
 */
public final class ParameterReferences {
    /** Requests that name more objects are denied, because the proxy asks the daemon about each. */
    static final int MOST = 64;

    private ParameterReferences() {}

    /**
     * One value of the parameter.
     *
     * @param parameter name of the parameter
     */
    private record ParameterReference(Operation operation, String parameter, Reference reference)
            implements QueryReference {
        @Override
        public boolean isOwn(Scope scope, InspectedObject object) {
            return reference.subject() == Subject.IMAGE
                    ? new ImageMatch(object, reference.name(), true).isRemovable(scope)
                    : reference.isOwn(scope, object);
        }

        /** Images keep their name, because a removal by the id would remove all names. */
        @Override
        public RequestTarget resolved(RequestTarget target, InspectedObject object) {
            String found = reference.resolved(object);
            List<String> values = new ArrayList<>(values(target, parameter));
            values.replaceAll(value -> value.equals(reference.name()) ? found : value);
            return target.withParameters(parameter, values);
        }

        @Override
        public @Nullable RequestTarget removed(RequestTarget target) {
            return null;
        }

        @Override
        public MissingObject missing() {
            return LibpodError.ofQuery(operation, reference.name());
        }
    }

    /** Returns the objects that a request names; empty for an operation without such a parameter. */
    public static List<QueryReference> of(Operation operation, RequestTarget target) {
        return switch (OperationRules.verb(operation)) {
            case STATS_OF_ALL -> of(operation, target, "containers", Subject.CONTAINER);
            case DELETE_IMAGES -> of(operation, target, "images", Subject.IMAGE);
            default -> List.of();
        };
    }

    private static List<QueryReference> of(
            Operation operation, RequestTarget target, String parameter, Subject subject) {
        return values(target, parameter).stream()
                .distinct()
                .<QueryReference>map(
                        name -> new ParameterReference(operation, parameter, new Reference(subject, name, true)))
                .toList();
    }

    private static List<String> values(RequestTarget target, String parameter) {
        return target.values(parameter);
    }

    /** @throws OutOfScopeException if a request names no objects or too many */
    static void check(Operation operation, RequestTarget target) throws OutOfScopeException {
        int named = of(operation, target).size();
        if (named == 0 || named > MOST) {
            throw new OutOfScopeException("the query has to name between 1 and " + MOST + " objects");
        }
    }
}
