package org.socketproxy.dockerapi;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One operation of the Docker API, the libpod API or BuildKit's gRPC API: a row of the catalogue.
 *
 * @param id the official operation id, such as {@code ContainerList}
 * @param method the HTTP method in upper case
 * @param path the path template without the API version
 * @param since first API version that has the operation, as the table writes it
 * @param until last API version that has the operation, or {@code -} if the API still has it
 * @param kind how the bytes of the exchange flow
 * @param upgrade the only {@code Upgrade} token that the proxy forwards, or null
 * @param write when the operation counts as a write
 * @param section the variable that allows the operation, or null if no variable allows it
 * @param required variables that must be on in addition to the section
 * @param sufficient variables each of which is sufficient to allow the operation
 * @param summary short summary for help texts and tables
 * @param rules facts for the rules of a profile
 */
public record Operation(
        String id,
        String method,
        PathTemplate path,
        String since,
        String until,
        Kind kind,
        @Nullable String upgrade,
        Write write,
        @Nullable String section,
        List<String> required,
        List<String> sufficient,
        String summary,
        OperationRules rules) {

    /** Stands in the place of the HTTP method of calls of the daemon on the session of a client. */
    public static final String CALL = "CALL";

    /** How the bytes of an exchange flow. */
    public enum Kind {
        /** Short response. */
        JSON,
        /** Response of unlimited duration; the proxy flushes each part immediately. */
        STREAM,
        /** Large response body. */
        DOWNLOAD,
        /** Large request body. */
        UPLOAD,
        /** May become raw bytes both ways. */
        HIJACK
    }

    /**
     * Condition under which an operation counts as a write.
     *
     * @param isAlways whether every request of the operation is a write
     * @param flag name of the boolean query parameter that makes a request a write, or null
     */
    public record Write(boolean isAlways, @Nullable String flag) {
        static final Write NEVER = new Write(false, null);
        static final Write ALWAYS = new Write(true, null);

        /** Returns true if some request of the operation is a write. */
        public boolean isPossible() {
            return isAlways || flag != null;
        }

        static Write parse(String cell) {
            return switch (cell) {
                case "yes" -> ALWAYS;
                case "no" -> NEVER;
                default -> {
                    if (!cell.startsWith("?")) {
                        throw new IllegalArgumentException("write is yes, no or ?parameter, not " + cell);
                    }
                    yield new Write(false, cell.substring(1).toLowerCase(Locale.ROOT));
                }
            };
        }
    }

    /** Returns true if this request changes state, or reads data that requires write permission. */
    public boolean isWrite(RequestTarget target) {
        return write.isAlways() || write.flag() != null && target.isQueryFlagSet(write.flag());
    }

    public OperationRules.Verb verb() {
        return rules.verb();
    }

    public boolean is(OperationRules.Trait trait) {
        return rules.traits().contains(trait);
    }

    /** Returns true if the operation belongs to Podman's libpod API. */
    public boolean isLibpod() {
        return path.firstSegment().equals("libpod");
    }

    /** Returns true if the operation is a gRPC method: the first segment of its path is the name of a service. */
    public boolean isGrpc() {
        return path.firstSegment().indexOf('.') > 0;
    }

    /** Returns true if the operation upgrades a connection on which the client calls gRPC methods. */
    public boolean isGrpcConnection() {
        return path.firstSegment().equals("grpc");
    }

    /** Returns true if the daemon calls the operation, on the session of a client. A client cannot. */
    public boolean isCallOfDaemon() {
        return method.equals(CALL);
    }

    /** Returns true if the operation upgrades a connection on which the daemon calls gRPC methods of the client. */
    public boolean isSession() {
        return path.firstSegment().equals("session");
    }

    /** Returns true if only clients of BuildKit use the operation: its connections, and the gRPC methods on them. */
    public boolean isOfBuildKit() {
        return isGrpc() || "h2c".equals(upgrade);
    }

    /** Returns true if the operation upgrades to WebSocket; WebSocket libraries send {@code Origin} automatically. */
    public boolean isWebSocket() {
        return "websocket".equals(upgrade);
    }

    /** Returns true if an exchange has no time limit; the proxy does not wait for such exchanges when it stops. */
    public boolean isEndless() {
        return kind == Kind.STREAM || kind == Kind.HIJACK;
    }

    /** Returns true if the daemon answers at once, or hangs. */
    public boolean isAnsweredSoon() {
        return kind == Kind.JSON && !is(OperationRules.Trait.LATE) && !isOfBuildKit();
    }

    /** Returns method and path template, such as {@code GET /containers/{id}/json}. */
    public String signature() {
        return method + " " + path;
    }

    /** Compares ids only: they are unique in a catalogue, and each exchange looks up an operation. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Operation operation && id.equals(operation.id);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }
}
