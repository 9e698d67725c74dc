package org.socketproxy.policy.build;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;

/**
 * The message of a unary gRPC call of BuildKit, or the request of a streaming response.
 *
 * @param operation id of the operation, such as {@code ControlSolve}
 */
public record BuildMessage(String operation, ProtoMessage fields) {
    private static final String REF = "Ref";
    private static final String SESSION = "Session";
    private static final String RETURN = "BridgeReturn";
    private static final String CONTROL_OPTIONS = "FrontendAttrs";
    private static final String BRIDGE_OPTIONS = "FrontendOpt";
    private static final String LOCAL_SESSION = "local-sessionid:";

    /** Beginning of the ids of a service that the types of its messages do not have. */
    private static final Pattern SERVICE = Pattern.compile("^(?:Control|LLB)");

    /** Returns true if the proxy reads the message of an operation. */
    public static boolean isRead(Operation operation) {
        return type(operation.id()) != null;
    }

    static @Nullable String type(String operation) {
        return Stream.of(operation, SERVICE.matcher(operation).replaceFirst(""))
                .filter(MessageType::isListed)
                .findFirst()
                .orElse(null);
    }

    /**
     * Reads the body of a request.
     *
     * @param operation an operation of which {@link #isRead} returns true
     * @param body the whole body with the frame of gRPC
     * @throws MalformedMessageException if the body is not one message, or has an unknown or malformed field
     */
    public static BuildMessage read(Operation operation, ByteBuffer body) throws MalformedMessageException {
        return read(operation.id(), body);
    }

    static BuildMessage read(String operation, ByteBuffer body) throws MalformedMessageException {
        String type = type(operation);
        if (type == null) {
            throw new IllegalArgumentException("The message of " + operation + " is not read");
        }
        ProtoMessage fields = ProtoMessage.read(type, GrpcFrame.message(body));
        if (type.equals(RETURN)) {
            // The daemon dereferences an absent result, and reads an error with the code 0 as success.
            boolean isErrorWithoutCode =
                    fields.has("error") && !fields.message("error").has("code");
            if (isErrorWithoutCode || !fields.has("result") && !fields.has("error")) {
                throw new MalformedMessageException("has neither a result nor an error with a code");
            }
        }
        return new BuildMessage(operation, fields);
    }

    /** Returns the id of the build; empty if the message has none, as LLBBridge calls, which have it in a header. */
    public String ref() {
        return fields.type().has(REF) ? fields.text(REF) : "";
    }

    /** Returns the digest of the blob that a message of the content store names. */
    public String digest() {
        return fields.text("digest");
    }

    /** Returns the ids of all client sessions that the daemon would use for this message. */
    public List<String> sessions() {
        if (!isSolve()) {
            return List.of();
        }
        Stream<String> named =
                startsBuild() ? Stream.of(fields.text(SESSION), fields.text("SourcePolicySession")) : Stream.empty();
        return Stream.concat(named, sessions(options()))
                .filter(id -> !id.isEmpty())
                .distinct()
                .toList();
    }

    /** Returns true for a Solve that starts a build. */
    boolean startsBuild() {
        return fields.type().has(CONTROL_OPTIONS) && fields.type().has(SESSION);
    }

    /** Returns true for both forms of Solve. */
    boolean isSolve() {
        return startsBuild() || fields.type().has(BRIDGE_OPTIONS);
    }

    /** Returns the field of a Solve with the options of the frontend. */
    String options() {
        return startsBuild() ? CONTROL_OPTIONS : BRIDGE_OPTIONS;
    }

    /** Returns the sessions of local sources that have a session of their own. */
    private Stream<String> sessions(String options) {
        return fields.textMap(options).entrySet().stream()
                .filter(option -> option.getKey().startsWith(LOCAL_SESSION))
                .map(Map.Entry::getValue)
                .filter(id -> !id.isEmpty());
    }

    /** Returns the whole body with the frame of gRPC. */
    public ByteBuffer encode() {
        return GrpcFrame.of(fields.encode());
    }
}
