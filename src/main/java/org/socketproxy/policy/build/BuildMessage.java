package org.socketproxy.policy.build;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.socketproxy.dockerapi.Operation;

/**
 * The message of a unary gRPC call of BuildKit, or the request of a streaming response.
 *
 * @param operation id of the operation, such as {@code ControlSolve}
 */
public record BuildMessage(String operation, ProtoMessage fields) {
    private static final String REF = "Ref";
    private static final String LOCAL_SESSION = "local-sessionid:";

    /** Types of the requests that the proxy reads, by operation. */
    private static final Map<String, String> TYPES = Map.of(
            "ControlSolve", "ControlSolve",
            "ControlStatus", "Status",
            "ControlListenBuildHistory", "ListenBuildHistory",
            "ControlUpdateBuildHistory", "UpdateBuildHistory",
            "ContentInfo", "ContentInfo",
            "ContentRead", "ContentRead",
            "LLBBridgeSolve", "BridgeSolve",
            "LLBBridgeReturn", "BridgeReturn");

    /** Returns true if the proxy reads the message of an operation. */
    public static boolean isRead(Operation operation) {
        return TYPES.containsKey(operation.id());
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
        String type = TYPES.get(operation);
        if (type == null) {
            throw new IllegalArgumentException("The message of " + operation + " is not read");
        }
        ProtoMessage fields = ProtoMessage.read(type, GrpcFrame.message(body));
        if (operation.equals("LLBBridgeReturn")) {
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
        return switch (operation) {
            case "ControlSolve" ->
                Stream.concat(
                                Stream.of(fields.text("Session"), fields.text("SourcePolicySession")),
                                sessions("FrontendAttrs"))
                        .filter(id -> !id.isEmpty())
                        .distinct()
                        .toList();
            case "LLBBridgeSolve" -> sessions("FrontendOpt").distinct().toList();
            default -> List.of();
        };
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
