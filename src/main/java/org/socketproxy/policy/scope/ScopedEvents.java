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
 * Keeps the events of objects that belong to a profile. Events of containers and images have labels; for the others the ids of
 * own objects are kept.
 *
 * <p>Threading: one thread at a time; used for one response.
 *
 * <p>Security: an event of a kind that the proxy does not know is removed, and one that names a container of others.
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

    private final Scope rules;
    private final ObjectIndex own;

    public ScopedEvents(Scope rules, ObjectIndex own) {
        this.rules = rules;
        this.own = own;
    }

    /** Returns the splitter of one stream, in each form that the daemon sends. */
    public JsonElements elements() {
        return JsonElements.stream(MAX_EVENT_BYTES, this);
    }

    /**
     * Returns a splitter that passes no event, and finds the objects that must be inspected.
     *
     * @param unknown gets an object without labels that is not known to be own
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
        return rules.head();
    }

    @Override
    public Edit edit(String list, ByteBuffer element) throws ElementException {
        return isOwn(ElementParser.read(element, DaemonEvent::read)) ? Edit.KEEP : Edit.DROP;
    }

    private boolean isOwn(DaemonEvent event) {
        ObjectKind kind = event.kind();
        ScopeSelector selector = kind == null ? null : rules.selector(kind);
        if (kind == null || selector == null || event.id().isEmpty()) {
            return false;
        }
        return switch (kind) {
            case CONTAINER -> isOwnContainer(event);
            case IMAGE -> isOwnImage(event, selector);
            case NETWORK, VOLUME, SERVICE, SECRET, CONFIG, POD -> isOwnOther(kind, event, selector);
        };
    }

    private boolean isOwnContainer(DaemonEvent event) {
        ObjectIdentity container =
                new ObjectIdentity(ObjectKind.CONTAINER, event.id(), List.of(event.name()), labels(event));
        boolean isOwn = rules.isOwn(container);
        if (isOwn) {
            own.add(container);
        } else {
            own.remove(ObjectKind.CONTAINER, event.id()); // renamed
        }
        return isOwn;
    }

    /** A removed image has no labels any more, and its id in place of the name. */
    private boolean isOwnImage(DaemonEvent event, ScopeSelector selector) {
        boolean isById = event.name().isEmpty()
                || event.name().equals(event.id())
                || event.name().startsWith("sha256:");
        ObjectIdentity image = new ObjectIdentity(
                ObjectKind.IMAGE,
                event.id(),
                isById || isShort(event) ? List.of() : List.of(event.name()),
                labels(event));
        if (rules.isOwn(image)) {
            own.add(image);
            return true;
        }
        return own.has(ObjectKind.IMAGE, event.id())
                && (isById || !selector.references().isLimited());
    }

    /** Podman writes the name as the client gave it, which can stand for images of several registries. */
    private static boolean isShort(DaemonEvent event) {
        return event.attributes().containsKey(POD)
                && !event.name().startsWith(ImageName.split(event.name()).name());
    }

    private boolean isOwnOther(ObjectKind kind, DaemonEvent event, ScopeSelector selector) {
        if (event.isOfMember()) {
            return isOwnMember(event, selector);
        }
        String container = event.attributes().get("container");
        if (container != null && !own.has(ObjectKind.CONTAINER, container)) {
            return false;
        }
        boolean isOwn = selector.labels().isEmpty()
                ? selector.isName(kind == ObjectKind.VOLUME ? event.id() : event.name())
                : own.has(kind, event.id());
        if (event.isRemoval()) {
            own.remove(kind, event.id()); // another volume can get the name
        }
        return isOwn;
    }

    private boolean isOwnMember(DaemonEvent event, ScopeSelector networks) {
        boolean isOwnNetwork = networks.labels().isEmpty()
                ? networks.isName(event.name())
                : own.find(ObjectKind.NETWORK, event.name()).isPresent();
        return isOwnNetwork && own.has(ObjectKind.CONTAINER, event.id());
    }

    private static Map<String, String> labels(DaemonEvent event) {
        Map<String, String> labels = new HashMap<>(event.attributes());
        labels.keySet().removeAll(FACTS);
        return labels;
    }

    /** Object that must be inspected before its event is judged. */
    public record Unknown(ObjectKind kind, String id) {}

    /** Returns the object of an event that has no labels and is not known to be own; null if the event can be judged. */
    @Nullable
    Unknown unknown(ByteBuffer element) throws ElementException {
        DaemonEvent event = ElementParser.read(element, DaemonEvent::read);
        ObjectKind kind = event.kind();
        ScopeSelector selector = kind == null ? null : rules.selector(kind);
        if (kind == null || kind == ObjectKind.CONTAINER || kind == ObjectKind.IMAGE || selector == null) {
            return null;
        }
        boolean isJudged = selector.labels().isEmpty()
                || event.isRemoval()
                || event.isOfMember()
                || event.id().isEmpty()
                || own.has(kind, event.id()) && !event.action().equals("update");
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
            ElementParser.require(parser.currentToken() == JsonToken.START_OBJECT);
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                if (name.equals("Type") || name.equals("Action")) {
                    ElementParser.require(found.put(name, ElementParser.text(parser)) == null);
                } else if (name.equals("Actor") && value == JsonToken.START_OBJECT) {
                    ElementParser.require(!found.containsKey("ID"));
                    readActor(parser, found, attributes);
                } else {
                    parser.skipChildren();
                }
            }
            return of(
                    found.getOrDefault("Type", ""),
                    found.getOrDefault("Action", ""),
                    found.getOrDefault("ID", ""),
                    attributes);
        }

        /** In the events of Podman, volumes have a name and no id. */
        private static DaemonEvent of(String type, String action, String id, Map<String, String> attributes) {
            boolean isVolume = type.equals("volume") && id.isEmpty();
            return new DaemonEvent(type, action, isVolume ? attributes.getOrDefault(NAME, "") : id, attributes);
        }

        private static void readActor(JsonParser parser, Map<String, String> found, Map<String, String> attributes)
                throws IOException, ElementException {
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                if (name.equals("ID")) {
                    found.put(name, ElementParser.text(parser));
                } else if (name.equals("Attributes") && value == JsonToken.START_OBJECT) {
                    while (parser.nextToken() != JsonToken.END_OBJECT) {
                        String key = parser.currentName();
                        parser.nextToken();
                        ElementParser.require(attributes.put(key, ElementParser.text(parser)) == null);
                    }
                } else {
                    parser.skipChildren();
                }
            }
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
