package org.socketproxy.audit;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Locale;
import java.util.function.Consumer;
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
public final class NoticeLog implements AutoCloseable {
    private static final String OWN = "org.socketproxy";
    private static final int CAPACITY = 256;
    private static final int LONGEST_TRACE = 8192;

    /** The last log with a queue: that of this process. The metrics show its losses, also in a WAR, which has none. */
    private static volatile @Nullable NoticeLog ofProcess;

    private final AuditFormat format;
    private final ZoneId zone;
    private final Consumer<String> out;
    private final @Nullable LogQueue<String> queue;

    /**
     * Creates a log that writes immediately, for the start: the caller waits for the output.
     *
     * @param zone time zone of lines of text; JSON is in UTC
     */
    public NoticeLog(PrintStream out, AuditFormat format, ZoneId zone) {
        this.format = format;
        this.zone = zone;
        this.queue = null;
        this.out = lines -> {
            synchronized (out) {
                out.print(lines);
                out.flush();
            }
        };
    }

    private NoticeLog(Consumer<String> file, AuditFormat format, ZoneId zone) {
        this.format = format;
        this.zone = zone;
        LogQueue<String> started = LogQueue.start("notice-log", CAPACITY, file, new Lines());
        this.queue = started;
        this.out = started::put;
    }

    /** Creates a log with a bounded queue, so that no thread waits for the output; {@link #close} ends it. */
    public static NoticeLog queued(Consumer<String> file, AuditFormat format, ZoneId zone) {
        NoticeLog log = new NoticeLog(file, format, zone);
        ofProcess = log;
        return log;
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
        out.accept(lines(level, logger, message, failure));
    }

    private String lines(Level level, String logger, String message, @Nullable Throwable failure) {
        Instant now = Instant.now();
        String name = level.name().toLowerCase(Locale.ROOT);
        String source = logger.startsWith(OWN) ? "" : logger;
        String trace = failure == null ? "" : trace(failure);
        String priority = JournalPriority.of(level);
        String lines = format == AuditFormat.JSON
                ? priority + json(now, name, source, message, trace)
                : text(
                        priority + AuditEntry.time(now, zone) + " " + name + " "
                                + (source.isEmpty() ? "" : source + ": "),
                        message,
                        trace);
        return lines + "\n";
    }

    /** Returns the number of messages that the log of this process has dropped since the start. */
    public static long droppedByProcess() {
        NoticeLog log = ofProcess;
        return log == null ? 0 : log.dropped();
    }

    /** Returns the number of messages that were dropped since the start. */
    public long dropped() {
        return queue == null ? 0 : queue.dropped();
    }

    /** Writes the rest, for at most one second. */
    @Override
    public void close() {
        if (queue != null) {
            queue.close();
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
        String text = trace.toString();
        return text.length() > LONGEST_TRACE ? text.substring(0, LONGEST_TRACE) + "..." : text;
    }

    /** Messages are formatted before they wait, so that they have the time of their cause. */
    private final class Lines implements LogQueue.Printer<String> {
        @Override
        public void append(String formatted, long lost, StringBuilder lines) {
            lines.append(formatted);
        }

        @Override
        public void appendLoss(long lost, StringBuilder lines) {
            lines.append(lines(
                    Level.WARN, OWN, lost + " messages were dropped, because standard error did not take them", null));
        }
    }
}
