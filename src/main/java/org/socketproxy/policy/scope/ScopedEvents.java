package org.socketproxy.policy.scope;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.ElementEditor;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.ElementParser;
import org.socketproxy.json.JsonElements;
import org.socketproxy.policy.create.ImageName;

/**
 * Keeps the events of a profile's objects. Events of containers and images have labels; objects of other kinds are found in an
 * index of the profile's objects, which the events keep up to date.
 *
 * <p>Threading: one thread at a time; used for one response.
 *
 * <p>Security: removes events of unknown kinds, and events that name a container of another profile.
 */
public final class ScopedEvents implements ElementEditor {
    /** Limit of a whole event. The proxy keeps only the head of a larger event, so that events of other profiles take little memory. */
    private static final int MAX_EVENT_BYTES = 64 * 1024;

    private static final int MAX_SCANNED_BYTES = 4096;

    /** Only events of Podman have it. */
    private static final String POD = "podId";

    /** Attributes that are no labels, or that a label of the same name would hide. */
    private static final Set<String> FACTS = Set.of(
            "name",
            "image",
            "oldName",
            "execID",
            "exitCode",
            "signal",
            POD,
            "containerExitCode",
            "health_status",
            "error");

    private final Scope scope;
    private final ObjectIndex index;

    public ScopedEvents(Scope scope, ObjectIndex index) {
        this.scope = scope;
        this.index = index;
    }

    /** Returns the splitter of one stream, in each form that the daemon sends. */
    public JsonElements elements() {
        return JsonElements.stream(MAX_EVENT_BYTES, this);
    }

    /**
     * Returns a splitter that passes no event, and finds the objects that must be inspected.
     *
     * @param unknown gets an object without labels that is not in the index
     */
    public JsonElements scan(Consumer<Unknown> unknown) {
        ElementEditor scan = (list, element) -> {
            Unknown object = unknown(element);
            if (object != null) {
                unknown.accept(object);
            }
            return Edit.DROP;
        };
        return JsonElements.stream(MAX_SCANNED_BYTES, ElementEditor.withHead(HEAD, scan));
    }

    @Override
    public Set<String> head() {
        return scope.head();
    }

    @Override
    public Edit edit(String list, ByteBuffer element) throws ElementException {
        return isShown(ElementParser.read(element, DaemonEvent::read)) ? Edit.KEEP : Edit.DROP;
    }

    private boolean isShown(DaemonEvent event) {
        ObjectKind kind = event.kind();
        ScopeSelector selector = kind == null ? null : scope.selector(kind);
        if (kind == null || selector == null || event.id().isEmpty()) {
            return false;
        }
        return switch (kind) {
            case CONTAINER -> isShownContainer(event);
            case IMAGE -> isShownImage(event, selector);
            case NETWORK, VOLUME, SERVICE, SECRET, CONFIG, POD -> isShownObject(kind, event, selector);
        };
    }

    private boolean isShownContainer(DaemonEvent event) {
        ObjectIdentity container =
                new ObjectIdentity(ObjectKind.CONTAINER, event.id(), List.of(event.name()), labels(event));
        boolean isShown = scope.isOwn(container);
        if (isShown) {
            index.add(container);
        } else {
            index.remove(ObjectKind.CONTAINER, event.id()); // renamed
        }
        return isShown;
    }

    /** A removed image has no labels any more, and its id in place of the name. */
    private boolean isShownImage(DaemonEvent event, ScopeSelector selector) {
        boolean isById = event.name().isEmpty()
                || event.name().equals(event.id())
                || event.name().startsWith("sha256:");
        ObjectIdentity image = new ObjectIdentity(
                ObjectKind.IMAGE,
                event.id(),
                isById || isShort(event) ? List.of() : List.of(event.name()),
                labels(event));
        if (scope.isOwn(image)) {
            index.add(image);
            return true;
        }
        return index.has(ObjectKind.IMAGE, event.id())
                && (isById || !selector.references().isLimited());
    }

    /** Podman writes the name as the client gave it, which can stand for images of several registries. */
    private static boolean isShort(DaemonEvent event) {
        return event.attributes().containsKey(POD)
                && !event.name().startsWith(ImageName.split(event.name()).name());
    }

    private boolean isShownObject(ObjectKind kind, DaemonEvent event, ScopeSelector selector) {
        if (event.isOfMember()) {
            return isShownMember(event, selector);
        }
        String container = event.attributes().get("container");
        if (container != null && !index.has(ObjectKind.CONTAINER, container)) {
            return false;
        }
        boolean isShown = selector.labels().isEmpty()
                ? selector.isName(kind == ObjectKind.VOLUME ? event.id() : event.name())
                : index.has(kind, event.id());
        if (event.isRemoval()) {
            index.remove(kind, event.id()); // another volume can get the name
        }
        return isShown;
    }

    private boolean isShownMember(DaemonEvent event, ScopeSelector networks) {
        boolean isInNetwork = networks.labels().isEmpty()
                ? networks.isName(event.name())
                : index.find(ObjectKind.NETWORK, event.name()).isPresent();
        return isInNetwork && index.has(ObjectKind.CONTAINER, event.id());
    }

    private static Map<String, String> labels(DaemonEvent event) {
        Map<String, String> labels = new HashMap<>(event.attributes());
        labels.keySet().removeAll(FACTS);
        return labels;
    }

    /** Object that must be inspected before its event is judged. */
    public record Unknown(ObjectKind kind, String id) {}

    /** Returns the object of an event without labels that is not in the index; null if the event can be judged. */
    @Nullable
    Unknown unknown(ByteBuffer element) throws ElementException {
        DaemonEvent event = ElementParser.read(element, DaemonEvent::read);
        ObjectKind kind = event.kind();
        ScopeSelector selector = kind == null ? null : scope.selector(kind);
        if (kind == null || kind == ObjectKind.CONTAINER || kind == ObjectKind.IMAGE || selector == null) {
            return null;
        }
        boolean isJudged = selector.labels().isEmpty()
                || event.isRemoval()
                || event.isOfMember()
                || event.id().isEmpty()
                || index.has(kind, event.id()) && !event.action().equals("update");
        return isJudged ? null : new Unknown(kind, event.id());
    }

    /**
     * An event of the daemon.
     *
     * @param type kind of the object, such as {@code container}; empty if the event has none
     * @param id id of the object; the name for a volume, and a reference for some events of images
     * @param attributes facts, and for containers and images their labels
     */
    private record DaemonEvent(String type, String action, String id, Map<String, String> attributes) {
        private static final String NAME = "name";
        private static final String NETWORK = "network";

        static DaemonEvent read(JsonParser parser) throws IOException, ElementException {
            Map<String, String> found = new HashMap<>();
            Map<String, String> attributes = new HashMap<>();
            ElementParser.members(parser, (name, value) -> {
                if (name.equals("Type") || name.equals("Action")) {
                    ElementParser.require(found.put(name, ElementParser.text(value)) == null);
                } else if (name.equals("Actor") && value.currentToken() == JsonToken.START_OBJECT) {
                    ElementParser.require(!found.containsKey("ID"));
                    readActor(value, found, attributes);
                }
            });
            return of(
                    found.getOrDefault("Type", ""),
                    found.getOrDefault("Action", ""),
                    found.getOrDefault("ID", ""),
                    attributes);
        }

        private static void readActor(JsonParser parser, Map<String, String> found, Map<String, String> attributes)
                throws IOException, ElementException {
            ElementParser.members(parser, (name, value) -> {
                if (name.equals("ID")) {
                    found.put(name, ElementParser.text(value));
                } else if (name.equals("Attributes") && value.currentToken() == JsonToken.START_OBJECT) {
                    ElementParser.members(
                            value,
                            (key, text) ->
                                    ElementParser.require(attributes.put(key, ElementParser.text(text)) == null));
                }
            });
        }

        /** In the events of Podman, volumes have a name and no id. */
        private static DaemonEvent of(String type, String action, String id, Map<String, String> attributes) {
            boolean isVolume = type.equals("volume") && id.isEmpty();
            return new DaemonEvent(type, action, isVolume ? attributes.getOrDefault(NAME, "") : id, attributes);
        }

        /** Returns the kind of the object, or null if no profile can have such objects. */
        @Nullable
        ObjectKind kind() {
            return ObjectKind.of(type.toLowerCase(Locale.ROOT) + "s").orElse(null);
        }

        /** Returns the name of the object, or an empty string. Podman has the name of a network in an attribute of its own. */
        String name() {
            return attributes.getOrDefault(type.equals(NETWORK) ? NETWORK : NAME, attributes.getOrDefault(NAME, ""));
        }

        /** Returns true if the id is that of a container which Podman has connected to a network, or disconnected. */
        boolean isOfMember() {
            return type.equals(NETWORK)
                    && attributes.containsKey(NETWORK)
                    && (action.equals("connect") || action.equals("disconnect"));
        }

        boolean isRemoval() {
            return action.equals("destroy") || action.equals("remove") || action.equals("delete");
        }
    }
}
