package org.socketproxy.policy.scope;

import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.ElementEditor;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.ElementParser;
import org.socketproxy.json.JsonElements;
import org.socketproxy.json.Rewriter;
import org.socketproxy.policy.create.ImageRules;

/** Removes objects of other profiles, and numbers of all objects, from descriptions of the profile's objects. */
public final class ScopedResponses {
    private static final int MAX_BYTES = JsonElements.MAX_ELEMENT_BYTES;
    private static final String CONTAINERS = "Containers";
    /** The daemon's number for containers that it has not counted. */
    private static final String UNCOUNTED = "-1";
    /** Begins the placeholders of old API versions for an image without a tag or digest. */
    private static final String NO_NAME = "<none>";
    /** Lists of names of an image; only lists of Podman have the last two. */
    private static final List<String> NAMES = List.of("RepoTags", "RepoDigests", "Names", "History");

    /** {@code History} has names in a list, and the layers of the image in its description. */
    private static final List<String> LIBPOD_NAMES =
            List.of("RepoTags", "RepoDigests", "Names", "NamesHistory", "History");

    private ScopedResponses() {}

    /** Returns the splitters of the responses to a request, or null if they pass unchanged. */
    static @Nullable Supplier<JsonElements> of(Scope scope, Operation operation, RequestTarget target) {
        if (hasMembers(operation)) {
            return () -> Objects.requireNonNull(members(scope, operation, new ObjectIndex()));
        }
        ScopeSelector images = scope.selector(ObjectKind.IMAGE);
        return switch (operation.verb()) {
            case DELETE_IMAGES -> () -> ConflictEditor.elements(target);
            case INSPECT_IMAGE -> images == null ? null : () -> value(image(images, operation));
            case HISTORY -> images == null ? null : () -> array(history(images, operation));
            default -> null;
        };
    }

    private static ElementEditor image(ScopeSelector images, Operation operation) {
        return operation.isLibpod() ? libpodImage(images.references()) : image(images.references(), true);
    }

    private static ElementEditor history(ScopeSelector images, Operation operation) {
        return operation.isLibpod() ? libpodHistory(images) : new HistoryEditor(images);
    }

    /** Returns true if the response lists the containers of a network or pod. */
    static boolean hasMembers(Operation operation) {
        return switch (operation.verb()) {
            case INSPECT_NETWORK, LIST_PODS, INSPECT_POD -> true;
            default -> false;
        };
    }

    /**
     * Returns the splitter of a response that lists the containers of a network or pod; null for another operation.
     *
     * @param containers the containers of the profile
     */
    public static @Nullable JsonElements members(Scope scope, Operation operation, ObjectIndex containers) {
        if (!hasMembers(operation)) {
            return null;
        }
        return switch (operation.verb()) {
            case LIST_PODS -> pods(scope, containers);
            case INSPECT_POD -> value(new PodEditor(containers));
            default -> value(network(containers));
        };
    }

    /** Returns the kinds of which the profile's objects must be loaded before the response; empty if none. */
    public static Set<ObjectKind> kinds(Scope scope, Operation operation) {
        if (operation.verb() == Verb.LIST_TASKS) {
            return EnumSet.of(
                    ObjectKind.SERVICE); // also if the profile has none: filters can name services of other profiles
        }
        Set<ObjectKind> kinds =
                hasMembers(operation) ? EnumSet.of(ObjectKind.CONTAINER) : EnumSet.noneOf(ObjectKind.class);
        if (operation.verb() == Verb.EVENTS) {
            kinds = EnumSet.complementOf(
                    operation.isLibpod()
                            ? EnumSet.of(ObjectKind.SERVICE, ObjectKind.CONFIG)
                            : EnumSet.of(ObjectKind.POD));
        }
        kinds.removeIf(kind -> scope.selector(kind) == null);
        return kinds;
    }

    /**
     * Returns a splitter that drops the objects of other profiles from a list that the daemon has not filtered; null for tasks and for
     * other operations.
     */
    public static @Nullable JsonElements unfiltered(Scope scope, Operation operation) {
        ScopeRule list = ScopeRule.of(operation);
        return list.action() == ScopeRule.Action.LIST && list.subject() != ScopeRule.Subject.TASK
                ? ScopedFilters.unfiltered(scope, list.subject().kind(), operation)
                : null;
    }

    private static JsonElements value(ElementEditor editor) {
        return JsonElements.value(MAX_BYTES, editor);
    }

    private static JsonElements array(ElementEditor editor) {
        return JsonElements.array(MAX_BYTES, editor);
    }

    /** The libpod API writes the member in lower case. */
    private static Rewriter network(ObjectIndex containers) {
        Predicate<String> isKept = id -> containers.has(ObjectKind.CONTAINER, id);
        return Rewriter.object()
                .at("Services", "{}")
                .at("Peers", "[]")
                .members(CONTAINERS, isKept)
                .members("containers", isKept);
    }

    static JsonElements pods(Scope scope, ObjectIndex containers) {
        return array(new ScopedList(ObjectKind.POD, scope, Integer.MAX_VALUE, new PodEditor(containers)));
    }

    /** Edits the containers of a pod and their number, which is before them. */
    private record PodEditor(ObjectIndex containers) implements ElementEditor {
        @Override
        public Edit edit(String list, ByteBuffer pod) throws ElementException {
            int[] count = new int[1];
            Rewriter.object()
                    .at(
                            CONTAINERS,
                            (parser, splices) ->
                                    splices.readElements(parser, container -> count[0] += isKept(container) ? 1 : 0))
                    .edit(list, pod);
            return Rewriter.object()
                    .elements(CONTAINERS, (none, container) -> isKept(container) ? Edit.KEEP : Edit.DROP)
                    .at("NumContainers", Integer.toString(count[0]))
                    .edit(list, pod);
        }

        private boolean isKept(ByteBuffer container) throws ElementException {
            return containers.has(
                    ObjectKind.CONTAINER,
                    ObjectReader.read(ObjectKind.CONTAINER, container).id());
        }
    }

    /**
     * Keeps the names of an image that the profile selects. With the containerd image store, each manifest has the ids of all
     * containers that use it ({@code ?manifests=1}).
     *
     * @param isCounted true to keep the number of containers, which is -1 on dockerd; Podman counts the containers of all profiles
     */
    static Rewriter image(ImageRules references, boolean isCounted) {
        Rewriter image =
                Rewriter.object().elements("Manifests", Rewriter.object().at("ImageData.Containers", "[]"));
        NAMES.forEach(member -> image.texts(member, name -> name.startsWith(NO_NAME) || references.allows(name)));
        if (!isCounted) {
            image.at(CONTAINERS, UNCOUNTED);
        }
        return references.isLimited() ? image.at("Identity", "null") : image; // names from which it was pulled
    }

    static Rewriter libpodImage(ImageRules references) {
        Rewriter image = Rewriter.object().at(CONTAINERS, UNCOUNTED);
        LIBPOD_NAMES.forEach(member -> image.textsAmongOthers(member, references::allows));
        return image;
    }

    /** Podman writes the id and the names of any image that has the layer. */
    private static Rewriter libpodHistory(ScopeSelector images) {
        return Rewriter.object()
                .at("Id", "\"<missing>\"")
                .texts(
                        "Tags",
                        tag -> images.labels().isEmpty()
                                && images.references().isLimited()
                                && images.references().allows(tag));
    }

    /**
     * Edits the tags of layers. The first layer has the tags of the image; further layers have the tags of its base images,
     * which have unknown labels.
     */
    private static final class HistoryEditor implements ElementEditor {
        private final Rewriter image;
        private final Rewriter base;
        private boolean isOfImage = true;

        HistoryEditor(ScopeSelector images) {
            ImageRules references = images.references();
            this.image = Rewriter.object().texts("Tags", references::allows);
            this.base = images.labels().isEmpty() ? image : Rewriter.object().texts("Tags", tag -> false);
        }

        @Override
        public Edit edit(String list, ByteBuffer layer) throws ElementException {
            Rewriter rewriter = isOfImage ? image : base;
            isOfImage = false;
            return rewriter.edit(list, layer);
        }
    }

    /**
     * Returns the splitter of a list of tasks. A task without a service belongs to no profile.
     *
     * @param services the services of the profile
     */
    public static JsonElements tasks(ObjectIndex services) {
        return array(ElementEditor.withHead(
                ElementEditor.HEAD,
                (list, task) -> services.has(ObjectKind.SERVICE, serviceOf(task))
                        ? ElementEditor.Edit.KEEP
                        : ElementEditor.Edit.DROP));
    }

    private static String serviceOf(ByteBuffer task) throws ElementException {
        String[] service = {""};
        Rewriter.object()
                .at("ServiceID", (parser, splices) -> {
                    ElementParser.require(service[0].isEmpty());
                    service[0] = ElementParser.text(parser);
                })
                .edit("", task);
        return service[0];
    }
}
