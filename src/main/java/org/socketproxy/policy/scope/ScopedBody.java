package org.socketproxy.policy.scope;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonEdit;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.scope.ScopeRule.Subject;

/**
 * Body that creates or connects objects of a profile. The proxy forwards it with ids in place of names, and with the labels of the
 * profile.
 *
 * <p>Threading: immutable.
 */
public final class ScopedBody {
    /** Bodies that name more objects are denied, because the proxy asks the daemon about each. */
    public static final int MOST = 128;

    private static final String LABELS = "Labels";
    /** Podman adds these labels of a volume to {@code Labels}, which are stronger. */
    private static final String OLD_LABELS = "Label";

    private static final String NAME = "Name";

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

    /** The kinds of bodies that the proxy resolves. */
    private enum Form {
        CONTAINER,
        LIBPOD_CONTAINER,
        POD,
        SERVICE,
        VOLUME,
        NETWORK,
        CONNECTION,
        DISCONNECTION,
        /** Names no existing objects. */
        PLAIN;

        static Form of(Operation operation) {
            return switch (operation.verb()) {
                case CREATE_CONTAINER -> operation.isLibpod() ? LIBPOD_CONTAINER : CONTAINER;
                case CREATE_POD -> POD;
                case WRITE_SERVICE -> SERVICE;
                case CREATE_VOLUME -> VOLUME;
                case CREATE_NETWORK -> NETWORK;
                case CONNECT -> CONNECTION;
                case DISCONNECT -> DISCONNECTION;
                default -> PLAIN;
            };
        }

        /** Returns true if Podman writes the members in lower case. */
        boolean isLowerCase(Operation operation) {
            return switch (this) {
                case LIBPOD_CONTAINER, POD -> true;
                case NETWORK, CONNECTION -> operation.isLibpod();
                default -> false;
            };
        }
    }

    private final Scope scope;
    private final Operation operation;
    private final RequestTarget target;
    private final JsonObject body;
    private final Form form;
    private final boolean isLowerCase;

    /** @param body a body that the rules of {@code CREATE=safe} allow */
    public ScopedBody(Scope scope, Operation operation, RequestTarget target, JsonObject body) {
        this.scope = scope;
        this.operation = operation;
        this.target = target;
        this.body = body;
        this.form = Form.of(operation);
        this.isLowerCase = form.isLowerCase(operation);
    }

    /** Returns true if the proxy resolves the body of an operation. */
    public static boolean isOf(Operation operation) {
        return ScopeRule.of(operation).action() == ScopeRule.Action.CREATE && !isByQuery(operation);
    }

    /** Returns true if the names and labels of a new object are in the query. */
    private static boolean isByQuery(Operation operation) {
        return switch (operation.verb()) {
            case PULL, BUILD -> true;
            case COMMIT, CREATE_SECRET -> operation.isLibpod();
            default -> false;
        };
    }

    /** Returns true if an operation creates an object, which gets the labels of the profile. */
    public static boolean isCreation(Operation operation) {
        Form form = Form.of(operation);
        return form != Form.CONNECTION && form != Form.DISCONNECTION;
    }

    /** Returns the same without the members of the body, which a caller keeps while the daemon is asked. */
    public ScopedBody withoutMembers() {
        return new ScopedBody(scope, operation, target, JsonObject.EMPTY);
    }

    /** Returns true if the request creates a volume. */
    public boolean isNewVolume() {
        return form == Form.VOLUME;
    }

    /** Returns true if the request creates a container. */
    public boolean isNewContainer() {
        return form == Form.CONTAINER || form == Form.LIBPOD_CONTAINER;
    }

    /** Returns the objects that the body names, each once. */
    public Set<ObjectRef> references() {
        Set<ObjectRef> references = new LinkedHashSet<>();
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
    public Set<ObjectRef> namedNetworks() {
        Set<ObjectRef> named = new LinkedHashSet<>();
        for (String network : networkNames()) {
            if (isLookedUp(network)) {
                named.add(reference(Subject.NETWORK, network));
            }
        }
        return named;
    }

    /** The networks that the daemon has from the start give no aliases. */
    private boolean isLookedUp(String network) {
        return switch (form) {
            case CONTAINER -> ContainerBody.isNetwork(network);
            case LIBPOD_CONTAINER, POD -> LibpodContainerBody.isNetwork(network);
            default -> !network.isEmpty();
        };
    }

    private Set<String> networkNames() {
        return switch (form) {
            case CONTAINER -> new NetworkNames(body, NameRules.parameter(target)).ofContainer();
            case LIBPOD_CONTAINER, POD -> new NetworkNames(body, name()).ofLibpod();
            case SERVICE -> new NetworkNames(body, name()).ofService();
            case CONNECTION -> new NetworkNames(body, "").isOfConnection() ? Set.of(path()) : Set.of();
            default -> Set.of();
        };
    }

    /** Returns the sentence of the denial of a name on a network that other profiles use too. */
    public String sharedNetwork(String network) {
        return operation.id() + " gives a container an alias or a host name on the network " + network
                + ", which other profiles can use too: send no name but that of the container, or use a network that only TARGETS of"
                + " this profile selects, by a label or a pattern";
    }

    /** Returns a new network whose name could be the beginning of the id of another one; null for another request. */
    public @Nullable ObjectRef nameLikeId() {
        return form == Form.NETWORK && NameRules.isLikePartOfId(ObjectKind.NETWORK, name())
                ? reference(Subject.NETWORK, name())
                : null;
    }

    /** Returns the name of the object in the path, which is a full id after it was judged. */
    private String path() {
        ObjectRef named = ObjectRefs.named(operation, target);
        return named == null ? "" : named.name();
    }

    private ObjectRef reference(Subject subject, String name) {
        return ObjectRef.ofBody(subject, name, operation.isLibpod());
    }

    /**
     * Returns the body to forward.
     *
     * @param found ids of all {@link #references}; the names of volumes and images
     */
    public JsonObject resolved(Map<ObjectRef, String> found) {
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
        return switch (form) {
            case CONTAINER, LIBPOD_CONTAINER -> containerFault();
            case POD -> podFault();
            case SERVICE -> serviceFault();
            default -> {
                String fault = isNamed() ? nameFault(kind(), name()) : null;
                yield fault != null ? fault : labelFault(List.of());
            }
        };
    }

    private boolean isNamed() {
        return switch (operation.verb()) {
            case CREATE_VOLUME, CREATE_NETWORK, CREATE_SECRET, CREATE_CONFIG -> true;
            default -> false;
        };
    }

    /** Returns the name of a new object. */
    private String name() {
        return body.text(isLowerCase ? "name" : NAME);
    }

    private String labels() {
        return isLowerCase ? "labels" : LABELS;
    }

    private ObjectKind kind() {
        return ScopeRule.of(operation).subject().kind();
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
        String name = isLibpod ? name() : NameRules.parameter(target);
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
        String fault = nameFault(ObjectKind.POD, name());
        if (fault == null && !infra.isEmpty()) {
            fault = nameFault(ObjectKind.CONTAINER, infra);
        }
        if (fault == null) {
            fault = LibpodContainerBody.fault(scope, body);
        }
        return fault != null ? fault : podLabelFault(body.object(labels()));
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
        String fault = nameFault(ObjectKind.SERVICE, name());
        String ofTasks =
                labelFault(new ForcedLabels(scope, ObjectKind.CONTAINER), List.of(ContainerBody.containerLabels(body)));
        return fault != null
                ? fault
                : ofTasks != null ? ofTasks : labelFault(ContainerBody.volumeLabelsOfService(body));
    }

    /** @param ofVolumes labels of the volumes that the body mounts */
    private @Nullable String labelFault(List<JsonObject> ofVolumes) {
        List<JsonObject> ofObject = List.of(body.object(labels()), body.object(OLD_LABELS));
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
        return switch (form) {
            case CONTAINER -> labelled(new ContainerBody(scope, names).edit(body));
            case LIBPOD_CONTAINER, POD -> labelled(new LibpodContainerBody(names).edit(body));
            case SERVICE ->
                labelled(new ContainerBody(scope, names)
                        .editService(body, new ForcedLabels(scope, ObjectKind.CONTAINER)));
            case NETWORK -> labelled(operation.isLibpod() ? body : withConfiguration(names));
            case CONNECTION, DISCONNECTION -> connected(names);
            case VOLUME, PLAIN -> labelled(body);
        };
    }

    private JsonObject withConfiguration(NameResolver names) {
        return new JsonEdit(body)
                .text("ConfigFrom.Network", name -> names.resolve(Subject.NETWORK, name))
                .result();
    }

    private JsonObject connected(NameResolver names) {
        JsonEdit edit = new JsonEdit(body)
                .text(isLowerCase ? "container" : "Container", name -> names.resolve(Subject.CONTAINER, name));
        if (form == Form.CONNECTION && !operation.isLibpod()) {
            edit.put(
                    "EndpointConfig.NetworkID", new JsonString(target.segments().get(1)));
        }
        return edit.result();
    }

    private JsonObject labelled(JsonObject edited) {
        JsonObject labels = edited.object(labels());
        if (kind() == ObjectKind.POD) {
            labels = new ForcedLabels(scope, ObjectKind.CONTAINER).of(labels);
        }
        return new JsonEdit(edited)
                .put(labels(), new ForcedLabels(scope, kind()).of(labels))
                .result();
    }

    /** Returns the body with which the proxy creates a volume of the profile. */
    public JsonObject newVolume(String name) {
        JsonObject labels = new ForcedLabels(scope, ObjectKind.VOLUME).of(JsonObject.EMPTY);
        return new JsonObject(new TreeMap<>(Map.of(NAME, new JsonString(name), LABELS, labels)));
    }
}
