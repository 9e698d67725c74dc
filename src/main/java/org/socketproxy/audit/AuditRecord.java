package org.socketproxy.audit;

import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.PrintableText;
import org.socketproxy.policy.create.CreatedObject;

/**
 * Audit record of one complete exchange.
 *
 * <p>Security: has no header and no query, because they may contain credentials.
 *
 * @param begun the fields of the begin
 * @param status 0 without a response
 * @param upstreamBytes bytes of body and tunnel from the client
 * @param downstreamBytes bytes of body and tunnel to the client
 * @param extension name of the extension that denied the request, or null
 * @param created the objects that a judged body creates
 * @param isRecreated whether only {@code CREATE_ALLOW=recreate} allowed the request
 * @param apiVersion API version with which the request was judged and forwarded if that of the client was replaced, or null
 * @param remedy assignments that would have allowed the denied request together; empty if none are known
 * @param repeated number of records that this one stands for; 1 without {@code LOG_REPEATS=collapse}
 * @param path the way of the request
 */
public record AuditRecord(
        BeginRecord begun,
        int status,
        Duration duration,
        boolean isTunnel,
        long upstreamBytes,
        long downstreamBytes,
        @Nullable String extension,
        CreatedObject created,
        boolean isRecreated,
        @Nullable String apiVersion,
        List<String> remedy,
        long repeated,
        Path path)
        implements AuditEntry.Repeatable {

    /**
     * The way of a request.
     *
     * @param trace the header {@code traceparent}, or null without one
     * @param isTraceOfClient false if the proxy has begun the trace; a line of text does not have it then
     * @param daemonWait time until the daemon began its answer, or null if the request was not forwarded
     */
    public record Path(
            @Nullable String trace,
            boolean isTraceOfClient,
            @Nullable Duration daemonWait) {
        public static final Path NONE = new Path(null, false, null);
    }

    private static final int LONGEST = 512;
    private static final Pattern SPACE = Pattern.compile("\\\\u0020");
    private static final AtomicLong IDS = new AtomicLong();

    public AuditRecord {
        remedy = shortened(remedy);
    }

    /** The log keeps the remedies that it has printed, and a client can ask for any number of values at once. */
    private static List<String> shortened(List<String> all) {
        int length = 0;
        for (int i = 0; i < all.size(); i++) {
            length += all.get(i).length();
            if (length > LONGEST) {
                return Stream.concat(all.subList(0, i).stream(), Stream.of("..."))
                        .toList();
            }
        }
        return List.copyOf(all);
    }

    /** Creates a record of a request that is forwarded with its own API version. */
    public AuditRecord(
            BeginRecord begun,
            int status,
            Duration duration,
            boolean isTunnel,
            long upstreamBytes,
            long downstreamBytes,
            @Nullable String extension,
            CreatedObject created,
            boolean isRecreated,
            long repeated) {
        this(
                begun,
                status,
                duration,
                isTunnel,
                upstreamBytes,
                downstreamBytes,
                extension,
                created,
                isRecreated,
                null,
                List.of(),
                repeated,
                Path.NONE);
    }

    /** Creates a record of a request without a judged body. */
    public AuditRecord(
            BeginRecord begun,
            int status,
            Duration duration,
            boolean isTunnel,
            long upstreamBytes,
            long downstreamBytes,
            @Nullable String extension) {
        this(
                begun,
                status,
                duration,
                isTunnel,
                upstreamBytes,
                downstreamBytes,
                extension,
                CreatedObject.NONE,
                false,
                1);
    }

    @Override
    public AuditRecord repeated(long records) {
        return with(remedy, records);
    }

    AuditRecord withoutRemedy() {
        return with(List.of(), repeated);
    }

    private AuditRecord with(List<String> assignments, long records) {
        return new AuditRecord(
                begun,
                status,
                duration,
                isTunnel,
                upstreamBytes,
                downstreamBytes,
                extension,
                created,
                isRecreated,
                apiVersion,
                assignments,
                records,
                path);
    }

    /** Returns the next number of an exchange or of a rejection before an exchange, from 1. */
    public static long nextId() {
        return IDS.incrementAndGet();
    }

    /** Truncates a text of the client, because the queue holds thousands of records; one character more shows the truncation. */
    static String cut(String text) {
        return text.length() > LONGEST ? text.substring(0, LONGEST + 1) : text;
    }

    @Override
    public boolean isAllowed() {
        return begun.isAllowed();
    }

    @Override
    public String toText(ZoneId zone) {
        return begun.textFields(zone) + " " + status + (isTunnel ? " tunnel " : " ") + duration.toMillis() + "ms "
                + upstreamBytes + "/" + downstreamBytes + "B" + createdFields()
                + (remedy.isEmpty() ? "" : " set=\"" + quoted(String.join(" and ", remedy)) + '"')
                + (repeated == 1 ? "" : " repeated=" + repeated)
                + (extension == null ? "" : " " + escape(extension));
    }

    private String createdFields() {
        return field("container", begun.container())
                + field("image", created.image())
                + field("name", created.name())
                + field("command", created.command().isEmpty() ? null : String.join(",", created.command()))
                + (isRecreated ? " recreate" : "")
                + field("api", apiVersion)
                + field("trace", path.isTraceOfClient() ? path.trace() : null);
    }

    private static String quoted(String text) {
        return SPACE.matcher(escape(text)).replaceAll(" ");
    }

    private static String field(String name, @Nullable String value) {
        return value == null ? "" : " " + name + "=" + escape(value);
    }

    @Override
    public String toJson() {
        return AuditJson.exchange(json -> {
            json.writeStartObject();
            begun.writeFields(json, "end");
            if (status == 0) {
                json.writeNullField("status");
            } else {
                json.writeNumberField("status", status);
            }
            json.writeBooleanField("upgrade", isTunnel);
            json.writeNumberField("upstreamBytes", upstreamBytes);
            json.writeNumberField("downstreamBytes", downstreamBytes);
            json.writeNumberField("durationMillis", duration.toMillis());
            Duration wait = path.daemonWait();
            if (wait != null) {
                json.writeNumberField("daemonMillis", wait.toMillis());
            }
            AuditJson.writeOptional(json, "trace", path.trace());
            AuditJson.writeOptional(json, "image", created.image());
            AuditJson.writeOptional(json, "name", created.name());
            if (!created.command().isEmpty()) {
                AuditJson.writeTexts(json, "command", created.command());
            }
            if (isRecreated) {
                json.writeBooleanField("recreate", true);
            }
            AuditJson.writeOptional(json, "apiVersion", apiVersion);
            if (!remedy.isEmpty()) {
                AuditJson.writeTexts(json, "set", remedy);
            }
            if (repeated != 1) {
                json.writeNumberField("repeated", repeated);
            }
            AuditJson.writeOptional(json, "extension", extension);
            json.writeEndObject();
        });
    }

    /** Returns the part for a record, with three dots if it is longer. */
    static String shown(String text) {
        return text.length() > LONGEST ? text.substring(0, LONGEST) + "..." : text;
    }

    /** Returns the part as one word of printable ASCII. */
    static String escape(String text) {
        return PrintableText.escape(text, LONGEST);
    }
}
