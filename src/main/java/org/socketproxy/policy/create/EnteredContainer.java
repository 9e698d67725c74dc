package org.socketproxy.policy.create;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.dockerapi.OperationRules.Trait;
import org.socketproxy.dockerapi.RequestTarget;

/**
 * The container, or the exec in a container, that a request enters, starts, changes or copies.
 *
 * @param name id or name as in the target, with its escapes
 * @param place how the target names it
 */
public record EnteredContainer(String name, Place place) {
    private static final Pattern PLAIN = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");
    private static final String CONTAINER = "container";
    private static final String LIBPOD = "libpod";

    /** How a target names the container. */
    public enum Place {
        /** {@code /containers/{id}/...} */
        PATH,
        /** {@code ?container=} */
        QUERY,
        /** {@code /exec/{id}/...}: the exec's description names the container */
        EXEC
    }

    /** Returns the container of a request, or null if the operation enters none. */
    public static @Nullable EnteredContainer of(Operation operation, RequestTarget target) {
        if (OperationRules.is(operation, Trait.ENTERS)) {
            return new EnteredContainer(target.segments().get(nameSegment(target)), Place.PATH);
        }
        if (OperationRules.is(operation, Trait.ENTERS_EXEC)) {
            return new EnteredContainer(target.segments().get(nameSegment(target)), Place.EXEC);
        }
        if (OperationRules.is(operation, Trait.COPIES)) {
            List<String> names = target.parameters().getOrDefault(CONTAINER, List.of());
            return new EnteredContainer(names.size() == 1 ? names.get(0) : "", Place.QUERY);
        }
        return null;
    }

    /**
     * Returns the container that a request stops, renames or removes, or null for another operation. With {@code link} the last
     * part of the path is the name of a link, which has no id.
     */
    public static @Nullable EnteredContainer ending(Operation operation, RequestTarget target) {
        return OperationRules.is(operation, Trait.ENDS) && !target.isQueryFlagSet("link")
                ? new EnteredContainer(target.segments().get(nameSegment(target)), Place.PATH)
                : null;
    }

    /**
     * Returns true if the request also starts the containers on which its container depends. Podman starts them without
     * {@code recursive} too, and initializes those of a container in a pod.
     */
    public static boolean startsDependencies(Operation operation) {
        return OperationRules.is(operation, Trait.STARTS_DEPENDENCIES);
    }

    /** The name comes after {@code containers} or {@code exec}. */
    private static int nameSegment(RequestTarget target) {
        return target.segments().get(0).equals(LIBPOD) ? 2 : 1;
    }

    /** Returns true if the name needs no escaping in a target. A name from the path never does. */
    public boolean isUsable() {
        return place != Place.QUERY || PLAIN.matcher(name).matches();
    }

    /** Returns true if the name is a full id. */
    public boolean isFullId() {
        return ContainerJudge.FULL_ID.matcher(name).matches();
    }

    /**
     * Returns the target with the full id in place of the name, so that no other container can take the name between the
     * judgement and the request.
     *
     * @return null if the daemon could read another container from the target
     */
    public @Nullable RequestTarget withId(RequestTarget target, String id) {
        return switch (place) {
            case PATH -> target.withSegment(nameSegment(target), id);
            case QUERY -> target.withParameter(CONTAINER, name, id);
            case EXEC -> target;
        };
    }
}
