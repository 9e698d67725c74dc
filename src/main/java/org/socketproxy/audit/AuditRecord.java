package org.socketproxy.audit;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.Client;
import org.socketproxy.client.PrintableText;

/**
 * What is written down of one exchange. It holds no header and no query, where credentials may be.
 *
 * @param path as received, without the query
 * @param operation id of the operation, or null if none was found
 * @param reason code of the decision, or of the fault that came before or after it
 * @param status of the response, or 0 if none was sent
 * @param isTunnel whether the connection was upgraded to raw bytes both ways
 * @param upstreamBytes of the body, and of the tunnel, that came from the client
 * @param downstreamBytes of the body, and of the tunnel, that went to the client
 * @param extension name of the extension that denied it, or null if none did
 */
public record AuditRecord(
        Instant begin,
        long id,
        Client client,
        String method,
        String path,
        @Nullable String operation,
        Outcome passage,
        String reason,
        int status,
        Duration duration,
        boolean isTunnel,
        long upstreamBytes,
        long downstreamBytes,
        @Nullable String extension)
        implements AuditEntry {

    private static final int LONGEST = 512;
    private static final AtomicLong IDS = new AtomicLong();

    /** The next number of an exchange, or of a rejection that did not become one; counts from 1 since the start. */
    public static long nextId() {
        return IDS.incrementAndGet();
    }

    /** Of an exchange that no extension denied. */
    public AuditRecord(
            Instant begin,
            long id,
            Client client,
            String method,
            String path,
            @Nullable String operation,
            Outcome passage,
            String reason,
            int status,
            Duration duration,
            boolean isTunnel,
            long upstreamBytes,
            long downstreamBytes) {
        this(
                begin,
                id,
                client,
                method,
                path,
                operation,
                passage,
                reason,
                status,
                duration,
                isTunnel,
                upstreamBytes,
                downstreamBytes,
                null);
    }

    /** Cuts what the client sent: thousands of records may wait to be printed, and a path may be as long as a head. */
    public AuditRecord {
        method = cut(method);
        path = cut(path);
    }

    /** One character more than is shown, so that one sees that it was cut. */
    static String cut(String text) {
        return text.length() > LONGEST ? text.substring(0, LONGEST + 1) : text;
    }

    /** Whether the variables allow it. */
    @Override
    public boolean isAllowed() {
        return passage == Outcome.ALLOW;
    }

    /** The part that was known when it was decided. */
    public BeginRecord begun() {
        return new BeginRecord(begin, id, client, method, path, operation, passage, reason);
    }

    @Override
    public String toText() {
        return begun().textFields() + " " + status + (isTunnel ? " tunnel " : " ") + duration.toMillis() + "ms "
                + upstreamBytes + "/" + downstreamBytes + "B" + (extension == null ? "" : " " + escape(extension));
    }

    @Override
    public String toJson() {
        return "{" + begun().jsonFields("end") + ",\"status\":" + (status == 0 ? "null" : status) + ",\"upgrade\":"
                + isTunnel + ",\"upstreamBytes\":" + upstreamBytes + ",\"downstreamBytes\":" + downstreamBytes
                + ",\"durationMillis\":" + duration.toMillis() + optional("extension", extension) + "}";
    }

    static String optional(String field, @Nullable String value) {
        return value == null ? "" : ",\"" + field + "\":" + quote(value);
    }

    static String quote(String text) {
        return '"' + escape(text) + '"';
    }

    static String escape(String text) {
        return PrintableText.escape(text, LONGEST);
    }
}
