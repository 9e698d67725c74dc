package org.socketproxy.policy.scope;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.ListFilters;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.JsonElements;
import org.socketproxy.json.ListQuery;
import org.socketproxy.json.ResponseReader;
import org.socketproxy.policy.value.ValueRule;

/**
 * A request of the proxy itself for the list of a profile's objects of one kind.
 *
 * @param status status of the containers, or {@link #ANY}
 */
public record ScopeQuery(Scope scope, ObjectKind kind, String status) implements ListQuery<List<ObjectIdentity>> {
    static final String ANY = "";

    /** Members with ids, names and labels. */
    private static final Set<String> MEMBERS =
            Set.of("Id", "ID", "id", "Name", "Names", "name", "RepoTags", "RepoDigests", "Spec", "Labels", "labels");

    public ScopeQuery(Scope scope, ObjectKind kind) {
        this(scope, kind, ANY);
    }

    @Override
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

    /** Returns the reader of the profile's objects, without their labels. An object that cannot be read is none of the profile. */
    @Override
    public ResponseReader<List<ObjectIdentity>> reader() {
        return new Reader(this);
    }

    /** Returns the names of the members by which the scope selects objects. */
    public Set<String> members() {
        ScopeSelector selector = scope.selector(kind);
        Set<String> labels = selector == null ? Set.of() : selector.labels().keySet();
        Set<String> members = new HashSet<>(MEMBERS);
        // A name with an escape is not compared: all labels are read.
        members.addAll(labels.stream().allMatch(ScopeQuery::isWrittenPlain) ? labels : Set.of("Labels.*", "labels.*"));
        return members;
    }

    private static boolean isWrittenPlain(String name) {
        return ValueRule.writtenLength(name) == name.getBytes(StandardCharsets.UTF_8).length;
    }

    /** Returns the object of an element if it belongs to the profile; or null. */
    public @Nullable ObjectIdentity own(ByteBuffer element) throws ElementException {
        ObjectIdentity object = ObjectReader.read(kind, element);
        return scope.isOwn(object) ? new ObjectIdentity(kind, object.id(), object.names(), Map.of()) : null;
    }

    private static final class Reader extends ResponseReader<List<ObjectIdentity>> {
        private final ScopeQuery query;
        private final List<ObjectIdentity> own = new ArrayList<>();

        Reader(ScopeQuery query) {
            super(query.kind == ObjectKind.VOLUME ? "Volumes" : JsonElements.ARRAY, query.members());
            this.query = query;
        }

        @Override
        protected int read(ByteBuffer element) throws ElementException {
            ObjectIdentity object = query.own(element);
            if (object == null) {
                return 0;
            }
            own.add(object);
            return (int) ObjectIndex.bytes(object.id(), object.names());
        }

        @Override
        protected List<ObjectIdentity> result() {
            return own;
        }

        /** An object that cannot be read is none of the profile. */
        @Override
        public List<ObjectIdentity> facts() {
            return own;
        }
    }
}
