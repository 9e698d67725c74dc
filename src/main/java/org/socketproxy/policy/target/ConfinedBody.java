package org.socketproxy.policy.target;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.target.Confinement.Subject;

/**
 * Body with which a confined client creates or connects objects: the objects that it names, and the body that is forwarded in its
 * place, with their ids and with the labels of the profile.
 *
 * <p>Threading: immutable.
 */
public final class ConfinedBody {
    /** Bodies that name more objects are denied, because the proxy asks the daemon about each. */
    public static final int MOST = 128;

    private static final String LABELS = "Labels";
    private static final String CONTAINER = "Container";
    private static final String NAME = "Name";
    private static final String NETWORK_ID = "NetworkID";

    private final TargetRules rules;
    private final Operation operation;
    private final RequestTarget target;
    private final JsonObject body;

    /** @param body a body that the rules of {@code CREATE=safe} allow */
    public ConfinedBody(TargetRules rules, Operation operation, RequestTarget target, JsonObject body) {
        this.rules = rules;
        this.operation = operation;
        this.target = target;
        this.body = body;
    }

    /** Returns the objects that the body names, each once. */
    public Set<Reference> references() {
        Set<Reference> references = new LinkedHashSet<>();
        edit((subject, name) -> {
            references.add(new Reference(subject, name));
            return name;
        });
        if (operation.id().equals("VolumeCreate") && !body.text(NAME).isEmpty()) {
            references.add(new Reference(Subject.VOLUME, body.text(NAME)));
        }
        return references;
    }

    /**
     * Returns the body to forward.
     *
     * @param found ids of all {@link #references}; the names of volumes and images
     */
    public JsonObject resolved(Map<Reference, String> found) {
        return edit((subject, name) -> {
            String id = found.get(new Reference(subject, name));
            if (id == null) {
                throw new IllegalStateException("a " + subject.noun() + " of the body was not judged");
            }
            return id;
        });
    }

    /** Returns why the client may not create this, or null. The sentence follows the operation. */
    public @Nullable String fault() {
        return switch (operation.id()) {
            case "NetworkConnect", "NetworkDisconnect", "SecretUpdate", "ConfigUpdate", "ImageCommit" ->
                labelFault(List.of());
            case "ContainerCreate" -> {
                String fault = nameFault(ObjectKind.CONTAINER, NewNames.parameter(target));
                yield fault != null ? fault : labelFault(ContainerBody.volumeLabels(body.object("HostConfig")));
            }
            case "ServiceCreate", "ServiceUpdate" -> serviceFault();
            default -> {
                String fault = nameFault(kind(), body.text(NAME));
                yield fault != null ? fault : labelFault(List.of());
            }
        };
    }

    private ObjectKind kind() {
        return Confinement.of(operation).subject().kind();
    }

    /** Returns true if the profile could have a volume of this name, so that the proxy may create it. */
    public boolean isVolumeCreatable(String name) {
        return nameFault(ObjectKind.VOLUME, name) == null;
    }

    private @Nullable String nameFault(ObjectKind kind, String name) {
        TargetSelector selector = rules.selector(kind);
        if (selector == null) {
            return "is not possible: TARGETS selects no " + kind.word();
        }
        if (rules.isNameReserved(kind, name)) {
            return "needs a name that no other profile selects";
        }
        return selector.isName(name) ? null : "needs a name that TARGETS selects";
    }

    private @Nullable String serviceFault() {
        if (ServiceBody.hasNamedVolume(body)) {
            return "mounts a named volume: another node can have one of others with this name";
        }
        String fault = nameFault(ObjectKind.SERVICE, body.text(NAME));
        String ofTasks =
                labelFault(new ForcedLabels(rules, ObjectKind.CONTAINER), List.of(ServiceBody.containerLabels(body)));
        return fault != null ? fault : ofTasks != null ? ofTasks : labelFault(ServiceBody.volumeLabels(body));
    }

    /** @param ofVolumes labels of the volumes that the body mounts */
    private @Nullable String labelFault(List<JsonObject> ofVolumes) {
        String fault = labelFault(new ForcedLabels(rules, kind()), List.of(body.object(LABELS)));
        return fault != null ? fault : labelFault(new ForcedLabels(rules, ObjectKind.VOLUME), ofVolumes);
    }

    private static @Nullable String labelFault(ForcedLabels forced, List<JsonObject> labels) {
        for (JsonObject each : labels) {
            if (forced.refused(each) != null) {
                return "has a label by which another profile selects its objects";
            }
        }
        return null;
    }

    private JsonObject edit(ObjectNames names) {
        return switch (operation.id()) {
            case "ContainerCreate" ->
                labelled(new ContainerBody(names, new ForcedLabels(rules, ObjectKind.VOLUME)).edit(body));
            case "ServiceCreate", "ServiceUpdate" ->
                labelled(new ServiceBody(
                                names,
                                new ContainerBody(names, new ForcedLabels(rules, ObjectKind.VOLUME)),
                                new ForcedLabels(rules, ObjectKind.CONTAINER))
                        .edit(body));
            case "NetworkConnect" ->
                new JsonEdit(body)
                        .text(CONTAINER, name -> names.resolve(Subject.CONTAINER, name))
                        .required(
                                "EndpointConfig",
                                endpoint -> new JsonEdit(endpoint)
                                        .put(
                                                NETWORK_ID,
                                                new JsonString(target.segments().get(1)))
                                        .result())
                        .result();
            case "NetworkDisconnect" ->
                new JsonEdit(body)
                        .text(CONTAINER, name -> names.resolve(Subject.CONTAINER, name))
                        .result();
            case "NetworkCreate" ->
                labelled(new JsonEdit(body)
                        .object(
                                "ConfigFrom",
                                from -> new JsonEdit(from)
                                        .text("Network", name -> names.resolve(Subject.NETWORK, name))
                                        .result())
                        .result());
            case "VolumeCreate", "SecretCreate", "SecretUpdate", "ConfigCreate", "ConfigUpdate", "ImageCommit" ->
                labelled(body);
            default -> throw new IllegalArgumentException(operation.id() + " is not confined by its body");
        };
    }

    private JsonObject labelled(JsonObject edited) {
        ForcedLabels labels = new ForcedLabels(rules, kind());
        return new JsonEdit(edited)
                .put(LABELS, labels.of(edited.object(LABELS)))
                .result();
    }

    /** Returns the body with which the proxy creates a volume of the profile. */
    public JsonObject newVolume(String name) {
        JsonObject labels = new ForcedLabels(rules, ObjectKind.VOLUME).of(JsonObject.EMPTY);
        return new JsonObject(Map.of(NAME, new JsonString(name), LABELS, labels));
    }
}
