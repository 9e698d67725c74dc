package org.socketproxy.policy.scope;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.ListFilters;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.ElementEditor;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;

/**
 * A request of the proxy itself for the list of a profile's objects of one kind.
 *
 * @param status status of the containers, or {@link #ANY}
 */
public record ScopeQuery(Scope scope, ObjectKind kind, String status) {
    static final String ANY = "";

    private static final int MAX_BYTES = JsonElements.MAX_ELEMENT_BYTES;

    public ScopeQuery(Scope scope, ObjectKind kind) {
        this(scope, kind, ANY);
    }

    /** Returns the target of the request. */
    public String target() {
        String path = switch (kind) {
            case CONTAINER -> "/containers/json?all=1";
            case IMAGE -> "/images/json";
            case NETWORK, VOLUME, SERVICE, SECRET, CONFIG -> "/" + kind.word();
            case POD -> ObjectRef.LIBPOD + "/pods/json";
        };
        ScopeSelector selector = scope.selector(kind);
        try {
            RequestTarget target = RequestTarget.parse(path);
            ListFilters filters = ListFilters.of(target);
            Map<String, String> labels = selector == null ? Map.of() : new TreeMap<>(selector.labels());
            for (Map.Entry<String, String> label : labels.entrySet()) {
                filters = filters.with("label", label.getKey() + "=" + label.getValue());
            }
            if (!status.equals(ANY)) {
                filters = filters.with("status", status);
            }
            return filters.in(target).raw();
        } catch (BadTargetException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Returns the profile's objects in the answer, without labels; empty if it is not a list of the kind. */
    public Optional<List<ObjectIdentity>> read(ByteBuffer answer) {
        List<ObjectIdentity> own = new ArrayList<>();
        ElementEditor collector = (list, element) -> {
            ObjectIdentity object = ObjectReader.read(kind, element);
            if (scope.isOwn(object)) {
                own.add(new ObjectIdentity(kind, object.id(), object.names(), Map.of()));
            }
            return ElementEditor.Edit.DROP;
        };
        JsonElements elements = kind == ObjectKind.VOLUME
                ? JsonElements.members(Set.of("Volumes"), MAX_BYTES, collector)
                : JsonElements.array(MAX_BYTES, collector);
        try {
            elements.accept(answer.duplicate(), bytes -> {});
            elements.end();
        } catch (ElementException malformed) {
            return Optional.empty();
        }
        return Optional.of(own);
    }
}
