package org.socketproxy.policy.scope;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.ElementEditor;
import org.socketproxy.json.ElementException;
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
        return isOwn(DaemonEvent.read(element)) ? Edit.KEEP : Edit.DROP;
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
        DaemonEvent event = DaemonEvent.read(element);
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
}
