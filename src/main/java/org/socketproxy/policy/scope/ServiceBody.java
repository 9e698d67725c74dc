package org.socketproxy.policy.scope;

import java.util.List;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.policy.scope.Confinement.Subject;

/** The body of ServiceCreate and ServiceUpdate: resolves the objects that it names, and labels the containers of the tasks. */
final class ServiceBody {
    private static final String TASK = "TaskTemplate";
    private static final String CONTAINER = "ContainerSpec";
    private static final String NETWORKS = "Networks";
    private static final String LABELS = "Labels";

    private final ObjectNames names;
    private final ContainerBody containers;
    private final ForcedLabels containerLabels;

    /** @param containers edits the mounts and the names of networks */
    ServiceBody(ObjectNames names, ContainerBody containers, ForcedLabels containerLabels) {
        this.names = names;
        this.containers = containers;
        this.containerLabels = containerLabels;
    }

    /** Returns the body with the ids of secrets and configs. */
    JsonObject edit(JsonObject body) {
        return new JsonEdit(body)
                .objects(NETWORKS, this::network)
                .required(
                        TASK,
                        task -> new JsonEdit(task)
                                .objects(NETWORKS, this::network)
                                .required(CONTAINER, this::container)
                                .result())
                .result();
    }

    private JsonObject network(JsonObject attachment) {
        return new JsonEdit(attachment).text("Target", containers::network).result();
    }

    private JsonObject container(JsonObject spec) {
        return new JsonEdit(spec)
                .text("Image", image -> names.resolve(Subject.IMAGE, image))
                .objects("Mounts", containers::mount)
                .objects("Secrets", secret -> part(Subject.SECRET, "SecretID", secret))
                .objects("Configs", config -> part(Subject.CONFIG, "ConfigID", config))
                .put(LABELS, containerLabels.of(spec.object(LABELS)))
                .result();
    }

    private JsonObject part(Subject subject, String member, JsonObject reference) {
        return new JsonEdit(reference)
                .text(member, id -> names.resolve(subject, id))
                .result();
    }

    /** Returns the labels that the client gives to the containers of the tasks. */
    static JsonObject containerLabels(JsonObject body) {
        return spec(body).object(LABELS);
    }

    /** Returns the labels that the client gives to volumes. */
    static List<JsonObject> volumeLabels(JsonObject body) {
        return ContainerBody.volumeLabels(spec(body));
    }

    /** Returns true if a task can use an existing volume of its node. */
    static boolean hasNamedVolume(JsonObject body) {
        return spec(body).elements("Mounts").stream()
                .anyMatch(mount -> mount.text("Type").equals("volume")
                        && !mount.text("Source").isEmpty());
    }

    private static JsonObject spec(JsonObject body) {
        return body.object(TASK).object(CONTAINER);
    }
}
