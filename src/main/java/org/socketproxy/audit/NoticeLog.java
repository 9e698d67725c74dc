package org.socketproxy.audit;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;
import org.socketproxy.client.PrintableText;

/**
 * Writes lines about the proxy itself, such as reloads and errors of libraries, with time and level, in the format of the audit log.
 *
 * <p>Threading: thread-safe. Security: a control character in a message is {@code \}{@code uXXXX}, so that a text cannot begin a
 * line of its own.
 */
public final class NoticeLog {
    private static final String OWN = "org.socketproxy";

    private final PrintStream out;
    private final AuditFormat format;
    private final ZoneId zone;

    /** @param zone time zone of lines of text; JSON is in UTC */
    public NoticeLog(PrintStream out, AuditFormat format, ZoneId zone) {
        this.out = out;
        this.format = format;
        this.zone = zone;
    }

    public void info(String message) {
        write(Level.INFO, OWN, message, null);
    }

    public void warn(String message) {
        write(Level.WARN, OWN, message, null);
    }

    /**
     * Writes a notice.
     *
     * @param logger name of the logger, which a line shows unless it is one of the proxy
     */
    public void write(Level level, String logger, String message, @Nullable Throwable failure) {
        Instant now = Instant.now();
        String name = level.name().toLowerCase(Locale.ROOT);
        String source = logger.startsWith(OWN) ? "" : logger;
        String trace = failure == null ? "" : trace(failure);
        String lines = format == AuditFormat.JSON
                ? json(now, name, source, message, trace)
                : text(
                        AuditEntry.time(now, zone) + " " + name + " " + (source.isEmpty() ? "" : source + ": "),
                        message,
                        trace);
        synchronized (out) {
            out.print(lines + "\n");
            out.flush();
        }
    }

    private static String text(String head, String message, String trace) {
        return Stream.concat(Stream.of(message), trace.lines())
                .map(line -> head + PrintableText.oneLine(line))
                .collect(Collectors.joining("\n"));
    }

    private static String json(Instant time, String level, String source, String message, String trace) {
        return AuditJson.change(json -> {
            json.writeStartObject();
            json.writeStringField("time", time.toString());
            json.writeStringField("level", level);
            if (!source.isEmpty()) {
                json.writeStringField("logger", source);
            }
            json.writeStringField("message", message);
            if (!trace.isEmpty()) {
                json.writeStringField("stack", trace);
            }
            json.writeEndObject();
        });
    }

    private static String trace(Throwable failure) {
        StringWriter trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace));
        return trace.toString();
    }
}
