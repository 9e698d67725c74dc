package org.socketproxy.policy.scope;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.ObjectIds;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonText;
import org.socketproxy.policy.create.ImageName;
import org.socketproxy.policy.scope.ScopeRule.Subject;

/**
 * The response to a request that names an object which does not exist. The proxy sends it for missing objects and for objects of other
 * profiles, so that a client cannot distinguish them. The text is that of dockerd 26.1 and Podman 5.4.
 *
 * @param status status code
 * @param contentType empty without a body
 * @param text the body
 * @param wording finds the text of the daemon at hand; null if no query has it
 */
public record MissingObject(
        int status,
        String contentType,
        String text,
        @Nullable MissingWording wording) {
    private static final String JSON = "application/json";

    MissingObject(int status, String contentType, String text) {
        this(status, contentType, text, null);
    }

    /** Returns the response to a request that names a missing object in its path, query, filters or body. */
    public static MissingObject of(Operation operation, ObjectRef named, RequestTarget target) {
        if (named.place() instanceof Place.Filter) {
            return named.isOptional() ? new MissingObject(200, JSON, "[]\n") : inspected(named.subject(), named.name());
        }
        if (operation.isLibpod()) {
            return LibpodError.of(operation, named, target);
        }
        return named.place() == Place.Body.BODY ? ofBody(operation, named) : ofTarget(operation, named, target);
    }

    private static MissingObject ofTarget(Operation operation, ObjectRef named, RequestTarget target) {
        String name = named.name();
        return switch (operation.verb()) {
            case KILL -> of404("cannot kill container: " + name + ": No such container: " + name);
            case ATTACH ->
                new MissingObject(404, "application/vnd.docker.raw-stream", sentence(Subject.CONTAINER, name) + "\r\n");
            case DELETE_VOLUME ->
                target.isQueryFlagSet("force") ? new MissingObject(204, "", "") : of404(sentence(Subject.VOLUME, name));
            case EXPORT_IMAGE ->
                of404(ImageMatch.isTagged(name) ? "reference does not exist" : "No such image: " + name)
                        .saidTo(MissingWording.ofExport(name));
            case PUSH -> notPushed(name);
            default -> inspected(named.subject(), name);
        };
    }

    /** A client answers 404 to the creation of a container with a pull of its image, so that the daemon sends it for the image only. */
    private static MissingObject ofBody(Operation operation, ObjectRef named) {
        boolean isOther = operation.verb() == Verb.CREATE_CONTAINER && named.subject() != Subject.IMAGE;
        return isOther
                ? new MissingObject(400, JSON, message(sentence(named.subject(), named.name())))
                : inspected(named.subject(), named.name());
    }

    /** Returns the daemon's error for a new volume with a name that is taken. */
    public static MissingObject takenVolume(Operation operation, String name) {
        return operation.isLibpod()
                ? LibpodError.takenVolume(name)
                : new MissingObject(409, JSON, message("create " + name + ": conflict: volume name must be unique"));
    }

    private static MissingObject inspected(Subject subject, String name) {
        return of404(sentence(subject, name)).saidTo(MissingWording.ofInspect(subject, name));
    }

    MissingObject saidTo(@Nullable MissingWording wording) {
        return new MissingObject(status, contentType, text, wording);
    }

    /** Returns the response with the daemon's text. */
    public MissingObject withText(String said) {
        return new MissingObject(status, contentType, said, null);
    }

    private static MissingObject of404(String sentence) {
        return new MissingObject(404, JSON, message(sentence));
    }

    private static String message(String sentence) {
        return "{\"message\":" + JsonText.string(sentence) + "}\n";
    }

    private static String sentence(Subject subject, String name) {
        return switch (subject) {
            case NONE -> throw new IllegalArgumentException("no object is named");
            case CONTAINER -> "No such container: " + name;
            case EXEC -> "No such exec instance: " + name;
            case VOLUME -> "get " + name + ": no such volume";
            case IMAGE -> "No such image: " + imageName(name);
            case NETWORK, SERVICE, TASK, SECRET, CONFIG, POD -> subject.noun() + " " + name + " not found";
        };
    }

    private static String imageName(String name) {
        if (ObjectIds.isFull(name)) {
            return "sha256:" + name;
        }
        return name.startsWith("sha256:") ? name : familiar(name);
    }

    /** Also completes a name that could be the start of an id, as the daemon does. */
    private static String familiar(String name) {
        return ImageName.split(name).familiar();
    }

    private static MissingObject notPushed(String name) {
        ImageName image = ImageName.split(name);
        String error = JsonText.string("An image does not exist locally with the tag: " + image.familiarName());
        return new MissingObject(
                200,
                JSON,
                "{\"status\":" + JsonText.string("The push refers to repository [" + image.name() + "]") + "}\r\n"
                        + "{\"errorDetail\":{\"message\":" + error + "},\"error\":" + error + "}\r\n");
    }

    /** Returns the bytes of the body. */
    public ByteBuffer body() {
        return StandardCharsets.UTF_8.encode(text);
    }
}
