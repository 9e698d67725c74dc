package org.socketproxy.policy.scope;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.scope.Confinement.Subject;

/**
 * Body that creates or connects objects of a profile. The proxy forwards it with ids in place of names, and with the labels of the
 * profile.
 *
 * <p>Threading: immutable.
 */
public final class ScopedBody {
    /** Bodies that name more objects are denied, because the proxy asks the daemon about each. */
    public static final int MOST = 128;

    /** Operations with the names and labels of a new object in the query. */
    private static final Set<String> BY_QUERY =
            Set.of("ImageCreate", "ImageCommitLibpod", "ImagePullLibpod", "SecretCreateLibpod");

    private static final Set<String> CONNECTING = Set.of("NetworkConnect", "NetworkDisconnect");
    private static final String LIBPOD = "Libpod";
    private static final String LABELS = "Labels";
    /** Podman adds these labels of a volume to {@code Labels}, which are stronger. */
    private static final String OLD_LABELS = "Label";

    private static final String NAME = "Name";
    private static final String NETWORK_ID = "NetworkID";

    /** Resolves the names of objects in a body. */
    @FunctionalInterface
    interface NameResolver {
        /**
         * Returns the full id of the object, or its name for a volume or an image.
         *
         * @param name name, id or start of an id
         */
        String resolve(Subject subject, String name);
    }

    /**
     * Names of members in which the APIs differ.
     *
     * @param name name of a new object
     * @param labels labels of a new object
     * @param container the container that is connected or disconnected
     */
    private record Members(String name, String labels, String container) {
        private static final Members CAPITALIZED = new Members("Name", "Labels", "Container");
        private static final Members LOWER_CASE = new Members("name", "labels", "container");

        static Members of(Operation operation) {
            return switch (operation.id()) {
                case "ContainerCreateLibpod", "PodCreateLibpod", "NetworkCreateLibpod", "NetworkConnectLibpod" ->
                    LOWER_CASE;
                default -> CAPITALIZED;
            };
        }
    }

    private final Scope scope;
    private final Operation operation;
    private final RequestTarget target;
    private final JsonObject body;
    private final Members members;
    /** Id of the operation, which is the same on both APIs. */
    private final String action;

    /** @param body a body that the rules of {@code CREATE=safe} allow */
    public ScopedBody(Scope scope, Operation operation, RequestTarget target, JsonObject body) {
        this.scope = scope;
        this.operation = operation;
        this.target = target;
        this.body = body;
        this.members = Members.of(operation);
        this.action = action(operation);
    }

    private static String action(Operation operation) {
        String id = operation.id();
        return id.endsWith(LIBPOD) ? id.substring(0, id.length() - LIBPOD.length()) : id;
    }

    /** Returns true if the proxy resolves the body of an operation. */
    public static boolean isOf(Operation operation) {
        return Confinement.of(operation).action() == Confinement.Action.CREATE && !BY_QUERY.contains(operation.id());
    }

    /** Returns true if an operation creates an object, which gets the labels of the profile. */
    public static boolean isCreation(Operation operation) {
        return !CONNECTING.contains(action(operation));
    }

    /** Returns the same without the members of the body, which a caller keeps while the daemon is asked. */
    public ScopedBody withoutMembers() {
        return new ScopedBody(scope, operation, target, JsonObject.EMPTY);
    }

    /** Returns true if the request creates a volume. */
    public boolean isNewVolume() {
        return action.equals("VolumeCreate");
    }

    /** Returns true if the request creates a container. */
    public boolean isNewContainer() {
        return action.equals("ContainerCreate");
    }

    /** Returns the objects that the body names, each once. */
    public Set<Reference> references() {
        Set<Reference> references = new LinkedHashSet<>();
        edit((subject, name) -> {
            references.add(reference(subject, name));
            return name;
        });
        references.addAll(namedNetworks());
        if (isNewVolume() && !body.text(NAME).isEmpty()) {
            references.add(reference(Subject.VOLUME, body.text(NAME)));
        }
        return references;
    }

    /**
     * Returns the networks on which the body gives a container a name besides that of the container. Other profiles may have no
     * containers there.
     */
    public Set<Reference> namedNetworks() {
        Set<Reference> named = new LinkedHashSet<>();
        for (String network : networkNames()) {
            if (isLookedUp(network)) {
                named.add(reference(Subject.NETWORK, network));
            }
        }
        return named;
    }

    /** The networks that the daemon has from the start give no aliases. */
    private boolean isLookedUp(String network) {
        return switch (operation.id()) {
            case "ContainerCreate" -> ContainerBody.isNetwork(network);
            case "ContainerCreateLibpod", "PodCreateLibpod" -> LibpodContainerBody.isNetwork(network);
            default -> !network.isEmpty();
        };
    }

    private Set<String> networkNames() {
        return switch (operation.id()) {
            case "ContainerCreate" -> new NetworkNames(body, NameRules.parameter(target)).ofContainer();
            case "ContainerCreateLibpod", "PodCreateLibpod" ->
                new NetworkNames(body, body.text(members.name())).ofLibpod();
            case "ServiceCreate", "ServiceUpdate" -> new NetworkNames(body, body.text(NAME)).ofService();
            case "NetworkConnect", "NetworkConnectLibpod" ->
                new NetworkNames(body, "").isOfConnection() ? Set.of(path()) : Set.of();
            default -> Set.of();
        };
    }

    /** Returns the sentence of the denial of a name on a network that other profiles use too. */
    public String sharedNetwork(String network) {
        return operation.id() + " gives a container an alias or a host name on the network " + network
                + ", which other profiles can use too: send no name but that of the container, or use a network that only TARGETS of"
                + " this profile selects, by a label or a pattern";
    }

    /** Returns the name of the object in the path, which is a full id after it was judged. */
    private String path() {
        NamedObject named = NamedObject.of(operation, target);
        return named == null ? "" : named.name();
    }

    private Reference reference(Subject subject, String name) {
        return new Reference(subject, name, operation.isLibpod());
    }

    /**
     * Returns the body to forward.
     *
     * @param found ids of all {@link #references}; the names of volumes and images
     */
    public JsonObject resolved(Map<Reference, String> found) {
        return edit((subject, name) -> {
            String id = found.get(reference(subject, name));
            if (id == null) {
                throw new IllegalStateException("a " + subject.noun() + " of the body was not judged");
            }
            return id;
        });
    }

    /** Returns why the client may not create this, or null. The sentence follows the operation. */
    public @Nullable String fault() {
        return switch (action) {
            case "NetworkConnect", "NetworkDisconnect", "SecretUpdate", "ConfigUpdate", "ImageCommit" ->
                labelFault(List.of());
            case "ContainerCreate" -> containerFault();
            case "PodCreate" -> podFault();
            case "ServiceCreate", "ServiceUpdate" -> serviceFault();
            default -> {
                String fault = nameFault(kind(), body.text(members.name()));
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
        ScopeSelector selector = scope.selector(kind);
        if (selector == null) {
            return "is not possible: TARGETS selects no " + kind.word();
        }
        if (NameRules.isLikeId(kind, name)) {
            return "needs a name that is not like an id";
        }
        if (scope.isNameReserved(kind, name)) {
            return "needs a name that no other profile selects";
        }
        return selector.isName(name) ? null : "needs a name that TARGETS selects";
    }

    private @Nullable String containerFault() {
        boolean isLibpod = operation.isLibpod();
        String name = isLibpod ? body.text(members.name()) : NameRules.parameter(target);
        String fault = name == null ? NameRules.UNCLEAR : nameFault(ObjectKind.CONTAINER, name);
        if (fault == null && isLibpod) {
            fault = LibpodContainerBody.fault(scope, body);
        }
        return fault != null ? fault : labelFault(ContainerBody.volumeLabels(body));
    }

    /** The infra container of a pod gets the labels of the pod. */
    private @Nullable String podFault() {
        if (LibpodContainerBody.hasNamedVolume(body)) {
            return "mounts a named volume: mount it in the containers of the pod";
        }
        String infra = body.text("infra_name");
        String fault = nameFault(ObjectKind.POD, body.text(members.name()));
        if (fault == null && !infra.isEmpty()) {
            fault = nameFault(ObjectKind.CONTAINER, infra);
        }
        if (fault == null) {
            fault = LibpodContainerBody.fault(scope, body);
        }
        return fault != null ? fault : podLabelFault(body.object(members.labels()));
    }

    private @Nullable String podLabelFault(JsonObject labels) {
        ForcedLabels ofPod = new ForcedLabels(scope, ObjectKind.POD);
        ForcedLabels ofContainer = new ForcedLabels(scope, ObjectKind.CONTAINER);
        String fault = labelFault(ofPod, List.of(ofContainer.of(labels)));
        return fault != null ? fault : labelFault(ofContainer, List.of(ofPod.of(labels)));
    }

    private @Nullable String serviceFault() {
        if (ContainerBody.hasNamedVolume(body)) {
            return "mounts a named volume: another node can have one of others with this name";
        }
        String fault = nameFault(ObjectKind.SERVICE, body.text(NAME));
        String ofTasks =
                labelFault(new ForcedLabels(scope, ObjectKind.CONTAINER), List.of(ContainerBody.containerLabels(body)));
        return fault != null
                ? fault
                : ofTasks != null ? ofTasks : labelFault(ContainerBody.volumeLabelsOfService(body));
    }

    /** @param ofVolumes labels of the volumes that the body mounts */
    private @Nullable String labelFault(List<JsonObject> ofVolumes) {
        List<JsonObject> ofObject = List.of(body.object(members.labels()), body.object(OLD_LABELS));
        String fault = labelFault(new ForcedLabels(scope, kind()), ofObject);
        return fault != null ? fault : labelFault(new ForcedLabels(scope, ObjectKind.VOLUME), ofVolumes);
    }

    private static @Nullable String labelFault(ForcedLabels forced, List<JsonObject> labels) {
        for (JsonObject each : labels) {
            if (forced.refused(each) != null) {
                return "has a label by which another profile selects its objects";
            }
        }
        return null;
    }

    private JsonObject edit(NameResolver names) {
        return switch (operation.id()) {
            case "ContainerCreateLibpod", "PodCreateLibpod" -> labelled(new LibpodContainerBody(names).edit(body));
            case "ContainerCreate" -> labelled(new ContainerBody(scope, names).edit(body));
            case "ServiceCreate", "ServiceUpdate" ->
                labelled(new ContainerBody(scope, names)
                        .editService(body, new ForcedLabels(scope, ObjectKind.CONTAINER)));
            case "NetworkConnect" ->
                withContainer(names)
                        .put(
                                "EndpointConfig." + NETWORK_ID,
                                new JsonString(target.segments().get(1)))
                        .result();
            case "NetworkDisconnect", "NetworkConnectLibpod", "NetworkDisconnectLibpod" ->
                withContainer(names).result();
            case "NetworkCreate" ->
                labelled(new JsonEdit(body)
                        .text("ConfigFrom.Network", name -> names.resolve(Subject.NETWORK, name))
                        .result());
            case "VolumeCreate",
                    "VolumeCreateLibpod",
                    "NetworkCreateLibpod",
                    "SecretCreate",
                    "SecretUpdate",
                    "ConfigCreate",
                    "ConfigUpdate",
                    "ImageCommit" -> labelled(body);
            default -> throw new IllegalArgumentException(operation.id() + " is not confined by its body");
        };
    }

    private JsonEdit withContainer(NameResolver names) {
        return new JsonEdit(body).text(members.container(), name -> names.resolve(Subject.CONTAINER, name));
    }

    private JsonObject labelled(JsonObject edited) {
        JsonObject labels = edited.object(members.labels());
        if (kind() == ObjectKind.POD) {
            labels = new ForcedLabels(scope, ObjectKind.CONTAINER).of(labels);
        }
        return new JsonEdit(edited)
                .put(members.labels(), new ForcedLabels(scope, kind()).of(labels))
                .result();
    }

    /** Returns the body with which the proxy creates a volume of the profile. */
    public JsonObject newVolume(String name) {
        JsonObject labels = new ForcedLabels(scope, ObjectKind.VOLUME).of(JsonObject.EMPTY);
        return new JsonObject(new TreeMap<>(Map.of(NAME, new JsonString(name), LABELS, labels)));
    }
}
