package org.socketproxy.policy.create;

import java.util.Set;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.policy.create.BodyShape.Part;

/**
 * The objects that one request creates, or whose limits it raises.
 *
 * @param containers number of new containers
 * @param updated full id of the container that gets the limits; empty for new ones
 * @param volumes names of volumes; those that do not exist are created
 * @param unnamedVolumes number of further new volumes
 * @param isUncountable true if the daemon decides how many containers and volumes it makes, and with which limits
 */
public record Demand(
        int containers,
        Resources resources,
        String updated,
        int networks,
        Set<String> volumes,
        int unnamedVolumes,
        boolean isUncountable) {
    private static final Demand NONE = new Demand(0, Resources.NONE, "", 0, Set.of(), 0, false);

    public Demand {
        volumes = Set.copyOf(volumes);
    }

    /** Returns true if requests of an operation create containers, or raise their limits. */
    public static boolean isOfContainers(Operation operation) {
        return switch (operation.verb()) {
            case CREATE_CONTAINER, CREATE_POD, WRITE_SERVICE -> true;
            default -> isUpdate(operation);
        };
    }

    private static boolean isUpdate(Operation operation) {
        BodyShape shape = BodyShape.of(operation.id());
        return shape != null && (shape.kind() == BodyShape.Kind.UPDATE || shape.kind() == BodyShape.Kind.LIBPOD_UPDATE);
    }

    /**
     * Reads the body of a request.
     *
     * @param body a body that the rules of {@code CREATE=safe} allow
     * @param container full id of the container in the path; empty without one
     */
    public static Demand of(Operation operation, JsonObject body, String container) {
        Verb verb = operation.verb();
        if (verb == Verb.CREATE_NETWORK) {
            return new Demand(0, Resources.NONE, "", 1, Set.of(), 0, false);
        }
        if (verb == Verb.CREATE_VOLUME) {
            String name = body.text("Name");
            return new Demand(
                    0, Resources.NONE, "", 0, name.isEmpty() ? Set.of() : Set.of(name), name.isEmpty() ? 1 : 0, false);
        }
        if (verb == Verb.WRITE_SERVICE || verb == Verb.CREATE_POD && body.get("no_infra") != JsonLiteral.TRUE) {
            return new Demand(0, Resources.NONE, "", 0, Set.of(), 0, true);
        }
        BodyShape shape = BodyShape.of(operation.id());
        if (shape == null || verb == Verb.CREATE_POD) {
            return NONE;
        }
        return verb == Verb.CREATE_CONTAINER
                ? new Demand(
                        1, Resources.ofContainer(shape, body), "", 0, shape.volumes(body), unnamed(shape, body), false)
                : new Demand(0, Resources.ofUpdate(shape, body), container, 0, Set.of(), 0, false);
    }

    /** Other volumes without a name have no label of the profile. */
    private static int unnamed(BodyShape shape, JsonObject body) {
        return shape.path(Part.MOUNTS).isEmpty()
                ? 0
                : (int) body.object("HostConfig").elements("Mounts").stream()
                        .filter(mount -> mount.text("Type").equals("volume")
                                && mount.text("Source").isEmpty())
                        .count();
    }

    public boolean isEmpty() {
        return equals(NONE) || !updated.isEmpty() && resources.equals(Resources.NONE);
    }

    /** Returns the volumes that the proxy creates before the container, also for one that is not created then. */
    public Demand ofVolumes() {
        return containers == 0 || volumes.isEmpty() ? NONE : new Demand(0, Resources.NONE, "", 0, volumes, 0, false);
    }
}
