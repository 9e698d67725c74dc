package org.socketproxy.dockerapi;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One operation of the Docker or libpod API: a row of the catalogue.
 *
 * @param id the official operation id, such as {@code ContainerList}
 * @param since first API version that has it, as the table writes it
 * @param until last API version that has it, {@code -} where it still exists
 * @param upgrade the only {@code Upgrade} token that may be honoured, or null
 * @param section the variable that opens it, or null: then it is known and never allowed
 * @param required variables that must be on besides the section
 * @param sufficient variables each of which opens it by itself
 * @param summary a few words for people
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
        String summary) {

    /** How its bytes move. */
    public enum Kind {
        /** A short answer. */
        JSON,
        /** May last, and must be flushed at once. */
        STREAM,
        /** Bulk bytes to the client. */
        DOWNLOAD,
        /** Bulk bytes to the daemon. */
        UPLOAD,
        /** May become raw bytes both ways. */
        HIJACK
    }

    /**
     * When an operation counts as a write.
     *
     * @param isAlways whatever the query says
     * @param flag the query parameter that makes a write of it, or null
     */
    public record Write(boolean isAlways, @Nullable String flag) {
        static final Write NEVER = new Write(false, null);
        static final Write ALWAYS = new Write(true, null);

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

    /** Whether this request of the operation changes something, or shows what only a writer may see. */
    public boolean isWrite(RequestTarget target) {
        return write.isAlways() || write.flag() != null && target.isQueryFlagSet(write.flag());
    }

    /** Whether it belongs to Podman's own API, not to Docker's. */
    public boolean isLibpod() {
        return path.firstSegment().equals("libpod");
    }

    /** Whether the websocket libraries of browsers and tools use it, which send {@code Origin} by themselves. */
    public boolean isWebSocket() {
        return "websocket".equals(upgrade);
    }

    /** Whether an exchange of it may go on without end, so that nobody waits for it when the proxy stops. */
    public boolean isEndless() {
        return kind == Kind.STREAM || kind == Kind.HIJACK;
    }

    /** Method and template, such as {@code GET /containers/{id}/json}. */
    public String signature() {
        return method + " " + path;
    }

    /** Ids are unique in a catalogue, and operations are looked up by each exchange. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Operation operation && id.equals(operation.id);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }
}
