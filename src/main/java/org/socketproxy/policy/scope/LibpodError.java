package org.socketproxy.policy.scope;

import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonText;
import org.socketproxy.policy.scope.ScopeRule.Subject;

/** The response of Podman 5.4 to a request of its own API that names an object which does not exist. */
final class LibpodError {
    private static final String JSON = "application/json";
    private static final int OK = 200;
    private static final int BAD_REQUEST = 400;
    private static final int NOT_FOUND = 404;
    private static final int ERROR = 500;

    private LibpodError() {}

    static MissingObject of(Operation operation, ObjectRef named, RequestTarget target) {
        if (named.place() == Place.Body.BODY) {
            return ofBody(operation, named.subject(), named.name());
        }
        if (named.place() instanceof Place.Repeated) {
            return ofRepeated(operation, named.name());
        }
        String name = named.name();
        String cause = cause(named.subject());
        return switch (operation.verb()) {
            case EXISTS -> error(cause, cause);
            case CHANGES -> error(ERROR, "layer not known", name + " not found: layer not known");
            case DELETE_CONTAINER ->
                target.isQueryFlagSet("ignore")
                        ? new MissingObject(200, JSON, "[]\n")
                        : error(cause, "no container with ID or name \"" + name + "\" found: " + cause);
            case HEALTHCHECK ->
                error(
                        cause,
                        "unable to look up " + name + " to perform a health check: "
                                + sentence(Subject.CONTAINER, name));
            case IMAGE_EXISTS -> error("failed to find image " + name, "failed to find image " + name);
            case EXPORT_IMAGE, DELETE_IMAGE -> error(cause, unknown(name));
            case PULL -> ofPull(name);
            case PUSH -> error(BAD_REQUEST, cause, "pushing image \"" + name + "\": " + unknown(name));
            case DELETE_VOLUME, DELETE_NETWORK, CONNECT, DISCONNECT -> error(cause, unfound(named.subject(), name));
            default ->
                error(cause, sentence(named.subject(), name))
                        .saidTo(MissingWording.ofLibpodInspect(named.subject(), name));
        };
    }

    private static MissingObject ofBody(Operation operation, Subject subject, String name) {
        String cause = cause(subject);
        if (subject == Subject.IMAGE) {
            return error(cause, "no such image: " + name + ": " + cause);
        }
        boolean isCreate = operation.id().endsWith("CreateLibpod");
        return error(isCreate ? ERROR : NOT_FOUND, cause, unfound(subject, name));
    }

    private static MissingObject ofRepeated(Operation operation, String name) {
        return switch (operation.verb()) {
            case STATS_OF_ALL -> {
                String sentence = sentence(Subject.CONTAINER, name);
                yield error(
                        cause(Subject.CONTAINER),
                        "unable to get list of containers: unable to look up container " + name + ": " + sentence);
            }
            case DELETE_IMAGES ->
                new MissingObject(OK, JSON, "{\"ExitCode\":1,\"Errors\":[" + JsonText.string(unknown(name)) + "]}\n");
            default -> throw new IllegalArgumentException(operation.id() + " names no objects in its query");
        };
    }

    /** Returns the response to a pull of an image that is only looked for. */
    static MissingObject ofPull(String image) {
        return new MissingObject(OK, "", "{\"error\":" + JsonText.string(unknown(image)) + "}\n");
    }

    private static String unknown(String image) {
        return image + ": " + cause(Subject.IMAGE);
    }

    /** Returns the response to the creation of a volume with a name that is taken. */
    static MissingObject takenVolume(String name) {
        String cause = "volume already exists";
        return error(ERROR, cause, "volume with name " + name + " already exists: " + cause);
    }

    private static String unfound(Subject subject, String name) {
        String cause = cause(subject);
        return switch (subject) {
            case NETWORK -> "unable to find network with name or ID " + name + ": " + cause;
            case VOLUME -> "no volume with name \"" + name + "\" found: " + cause;
            default -> sentence(subject, name);
        };
    }

    private static String cause(Subject subject) {
        return switch (subject) {
            case EXEC -> "no such exec session";
            case IMAGE -> "image not known";
            case NETWORK -> "network not found";
            default -> "no such " + subject.noun();
        };
    }

    private static String sentence(Subject subject, String name) {
        String cause = cause(subject);
        return switch (subject) {
            case CONTAINER -> "no container with name or ID \"" + name + "\" found: " + cause;
            case EXEC -> "no exec session with ID " + name + " found: " + cause;
            case IMAGE -> "failed to find image " + name + ": " + name + ": " + cause;
            case POD -> "no pod with name or ID " + name + " found: " + cause;
            case SECRET -> "no secret with name or id \"" + name + "\": " + cause;
            default -> cause;
        };
    }

    private static MissingObject error(String cause, String message) {
        return error(NOT_FOUND, cause, message);
    }

    private static MissingObject error(int status, String cause, String message) {
        return new MissingObject(
                status,
                JSON,
                "{\"cause\":" + JsonText.string(cause) + ",\"message\":" + JsonText.string(message) + ",\"response\":"
                        + status + "}\n");
    }
}
