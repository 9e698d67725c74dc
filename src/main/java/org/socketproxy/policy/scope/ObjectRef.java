package org.socketproxy.policy.scope;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.ListFilters;
import org.socketproxy.dockerapi.ObjectIds;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules.Trait;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.scope.Place.Body;
import org.socketproxy.policy.scope.Place.Filter;
import org.socketproxy.policy.scope.Place.Path;
import org.socketproxy.policy.scope.Place.Query;
import org.socketproxy.policy.scope.Place.Repeated;
import org.socketproxy.policy.scope.ScopeRule.Subject;

/**
 * An object that a request names.
 *
 * @param name name, id or start of an id, without escapes
 * @param isLibpod whether the daemon looks it up as on Podman's own API
 */
public record ObjectRef(Subject subject, String name, Place place, boolean isLibpod) {
    /** Podman needs a version before its own paths. */
    static final String LIBPOD = "/v4.0.0/libpod";

    /** Names that need no escape in a path. */
    private static final Pattern PLAIN = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9_.-]*");

    private static final Pattern PLAIN_IMAGE = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.:/@-]*");
    private static final String ID_PREFIX = "sha256:";

    /** An object that a body names. */
    public static ObjectRef ofBody(Subject subject, String name, boolean isLibpod) {
        return new ObjectRef(subject, name, Body.BODY, isLibpod);
    }

    /** Returns true if the proxy can ask for the object by the name. A name in the path has its escapes. */
    public boolean isPlain() {
        Pattern form = subject == Subject.IMAGE ? PLAIN_IMAGE : PLAIN;
        return place instanceof Path || form.matcher(name).matches() && !name.contains("/.") && !name.contains("//");
    }

    /** Returns true if the name is a full id of a container, an exec or a pod. */
    public boolean isFullId() {
        return ObjectIds.isFull(name);
    }

    /** Returns the name as the path of an inspect contains it, with its escapes; for a push with the tag. */
    public String lookup() {
        return place instanceof Path path ? path.lookup() : name;
    }

    /** Returns the target of the inspect of the object. */
    public String query() {
        // Podman completes the name of an image in another way on its own API, and other names in the same way.
        return isLibpod && subject == Subject.IMAGE
                ? LIBPOD + "/images/" + lookup() + "/json"
                : query(subject, lookup());
    }

    /**
     * Returns the target of the inspect of an object.
     *
     * @param name id or name as a path contains it
     */
    public static String query(Subject subject, String name) {
        return switch (subject) {
            case NONE -> throw new IllegalArgumentException("no object is named");
            case CONTAINER, EXEC, IMAGE ->
                (subject == Subject.EXEC ? "/exec/" : "/" + subject.kind().word() + "/") + name + "/json";
            case TASK -> "/tasks/" + name;
            case NETWORK, VOLUME, SERVICE, SECRET, CONFIG ->
                "/" + subject.kind().word() + "/" + name;
            case POD -> LIBPOD + "/pods/" + name + "/json";
        };
    }

    /** Returns the target of an inspect that finds a network only if the daemon is Podman. */
    public static String podmanNetwork(String id) {
        return LIBPOD + "/networks/" + id + "/json";
    }

    /** Returns true if the description is that of the named object. An image is judged by its names. */
    boolean isDescribedBy(InspectedObject object) {
        return subject == Subject.IMAGE || object.isNamed(name);
    }

    /** Returns true if the description is that of the named object, and the object belongs to the profile. */
    public boolean isOwn(Scope scope, Operation operation, InspectedObject object) {
        if (subject != Subject.IMAGE) {
            return object.isNamed(name) && scope.isOwn(object.object());
        }
        return operation.is(Trait.REMOVES_IMAGE)
                ? image(object).isRemovable(scope)
                : image(object).isOwn(scope) || isOwnShort(scope, operation, object);
    }

    /** Podman finds an image by a short name for a new container, also on the Docker API. */
    private boolean isOwnShort(Scope scope, Operation operation, InspectedObject object) {
        return operation.verb() == Verb.CREATE_CONTAINER && new ImageMatch(object, name, true).isOwn(scope);
    }

    private ImageMatch image(InspectedObject object) {
        return new ImageMatch(object, decoded(lookup()), isLibpod);
    }

    public static String decoded(String segment) {
        return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /**
     * Returns the name of the object in the forwarded request: its id; for a volume and an image the name. Podman compares the image
     * of a filter with ids without a prefix, and dockerd reads them.
     */
    public String resolved(InspectedObject object) {
        if (place instanceof Filter) {
            return object.id().startsWith(ID_PREFIX) ? object.id().substring(ID_PREFIX.length()) : object.id();
        }
        return subject == Subject.IMAGE ? image(object).resolved() : object.id();
    }

    /**
     * Returns the target with an id in place of the name, so that no other object can take the name before the request.
     *
     * @return null if a parser of the query could find another object
     */
    public @Nullable RequestTarget withId(RequestTarget target, String id) {
        if (place instanceof Path path) {
            return target.withSegments(path.from(), path.to(), id);
        }
        if (place instanceof Query query) {
            return target.withParameter(query.parameter(), name, id);
        }
        if (place instanceof Repeated repeated) {
            List<String> values = new ArrayList<>(target.values(repeated.parameter()));
            values.replaceAll(value -> value.equals(name) ? id : value);
            return target.withParameters(repeated.parameter(), values);
        }
        return place instanceof Filter filter
                ? without(target, filter).with(filter.filter(), id).in(target)
                : target;
    }

    /** Returns the target without a filter by an object that does not exist, or null if the request cannot go on without it. */
    public @Nullable RequestTarget removed(RequestTarget target) {
        if (place instanceof Filter filter && isOptional()) {
            ListFilters left = without(target, filter);
            return left.values(filter.filter()).isEmpty() ? null : left.in(target);
        }
        return null;
    }

    private ListFilters without(RequestTarget target, Filter filter) {
        return ObjectRefs.filters(target).without(filter.filter(), name);
    }

    /**
     * Returns true if a list is empty without the object. Without the object of another filter the daemon answers with an
     * error.
     */
    public boolean isOptional() {
        return place instanceof Filter filter && filter.filter().equals(ObjectRefs.ANCESTOR);
    }
}
