package org.socketproxy.policy.scope;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.dockerapi.PathTemplate;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.scope.Confinement.Subject;

/**
 * The object that the path of a request names, or the query of a commit or of a pull of Podman.
 *
 * @param subject its kind
 * @param raw id or name as in the path, with its escapes
 * @param place the segments that contain it; null for the query
 */
public record NamedObject(Subject subject, String raw, PathTemplate.@Nullable Match place) {
    private static final String COMMITTED = "container";
    /** Podman needs a version before its own paths. */
    static final String LIBPOD = "/v4.0.0/libpod";

    /** Returns the object of a request, or null if its target names none that belongs to a profile. */
    public static @Nullable NamedObject of(Operation operation, RequestTarget target) {
        Verb verb = OperationRules.verb(operation);
        if (verb == Verb.COMMIT) {
            return new NamedObject(Subject.CONTAINER, committed(target), null);
        }
        if (verb == Verb.PULL && operation.isLibpod()) {
            String image = LibpodPull.lookup(target);
            return image == null ? null : new NamedObject(Subject.IMAGE, image, null);
        }
        Subject subject = Confinement.of(operation).subject();
        PathTemplate.Match place =
                subject == Subject.NONE ? null : operation.path().match(target);
        return place == null ? null : new NamedObject(subject, place.text(), place);
    }

    /** Returns the container that a commit names for every query parser, without escapes; empty if there is none. */
    static String committed(RequestTarget target) {
        List<String> names = target.values(COMMITTED);
        String name = names.size() == 1 ? names.get(0) : "";
        boolean isUsable =
                new Reference(Subject.CONTAINER, name).isPlain() && target.withParameter(COMMITTED, name, name) != null;
        return isUsable ? name : "";
    }

    /** Returns the target of the inspection of the object. */
    public String question(Operation operation, RequestTarget target) {
        return operation.isLibpod() ? libpodQuestion(subject, raw) : question(subject, withTag(raw, operation, target));
    }

    /** Returns the name of an image without escapes, with the tag that the daemon pushes. */
    public String imageName(Operation operation, RequestTarget target) {
        return withTag(name(), operation, target);
    }

    private static String withTag(String image, Operation operation, RequestTarget target) {
        return OperationRules.verb(operation) == Verb.PUSH && !operation.isLibpod()
                ? image + ":" + String.join("", target.values("tag"))
                : image;
    }

    /**
     * Returns the target of the question that describes an object.
     *
     * @param raw id or name as a path contains it
     */
    public static String question(Subject subject, String raw) {
        return switch (subject) {
            case NONE -> throw new IllegalArgumentException("no object is named");
            case CONTAINER, EXEC, IMAGE ->
                (subject == Subject.EXEC ? "/exec/" : "/" + subject.kind().word() + "/") + raw + "/json";
            case TASK -> "/tasks/" + raw;
            case NETWORK, VOLUME, SERVICE, SECRET, CONFIG ->
                "/" + subject.kind().word() + "/" + raw;
            case POD -> LIBPOD + "/pods/" + raw + "/json";
        };
    }

    /** Podman completes the name of an image in another way on its own API, and other names in the same way. */
    static String libpodQuestion(Subject subject, String raw) {
        return subject == Subject.IMAGE ? LIBPOD + "/images/" + raw + "/json" : question(subject, raw);
    }

    /** Returns the target of a question that finds a network only if the daemon is Podman. */
    public static String podmanNetwork(String id) {
        return LIBPOD + "/networks/" + id + "/json";
    }

    /** Returns id or name without escapes, as the daemon reads it. */
    public String name() {
        return URLDecoder.decode(raw.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** Returns the target with an id in place of the name, so that no other object can take the name before the request. */
    public RequestTarget withId(RequestTarget target, String id) {
        return place == null
                ? Objects.requireNonNull(target.withParameter(COMMITTED, raw, id))
                : target.withSegments(place.from(), place.to(), id);
    }
}
