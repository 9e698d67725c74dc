package org.socketproxy.audit;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.Client;
import org.socketproxy.client.PrintableText;

/**
 * Audit record of one complete exchange.
 *
 * <p>Security: it contains no header and no query, because they may contain credentials.
 *
 * @param begin time at which the request head was complete
 * @param id number of the exchange, from 1 since the start
 * @param client the client of the exchange
 * @param method the HTTP method as received, truncated
 * @param path the path as received, without the query, truncated
 * @param operation id of the operation, or null if the catalogue does not have it
 * @param passage outcome according to the policy and the extensions
 * @param reason code of the decision's reason, or of the fault before or after the decision
 * @param status status code of the response, or 0 without a response
 * @param duration time from the begin to the end of the exchange
 * @param isTunnel whether the connection became a tunnel
 * @param upstreamBytes bytes of body and tunnel from the client
 * @param downstreamBytes bytes of body and tunnel to the client
 * @param extension name of the extension that denied the request, or null
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

    /** Returns the next number for an exchange or for a rejection before an exchange, from 1 since the start. */
    public static long nextId() {
        return IDS.incrementAndGet();
    }

    /** Creates the record of an exchange that no extension denied. */
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

    /** Truncates method and path: the queue may hold thousands of records, and a path may be as long as a head. */
    public AuditRecord {
        method = cut(method);
        path = cut(path);
    }

    /** Keeps one character more than the log prints, so that the output shows the truncation. */
    static String cut(String text) {
        return text.length() > LONGEST ? text.substring(0, LONGEST + 1) : text;
    }

    @Override
    public boolean isAllowed() {
        return passage == Outcome.ALLOW;
    }

    /** Returns the fields that are known at the begin of the exchange. */
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
