package org.socketproxy.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;

class NoticeLogTest {
    private static final String LIBRARY = "org.eclipse.jetty.server.Server";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private NoticeLog log(AuditFormat format) {
        return new NoticeLog(new PrintStream(out, true, StandardCharsets.UTF_8), format, ZoneOffset.UTC);
    }

    private String written() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void textBeginsWithTimeAndLevelAsTheAuditLog() {
        log(AuditFormat.TEXT).info("reload by SIGHUP: +IMAGES");
        assertThat(written()).matches("\\d{4}-\\d\\d-\\d\\dT\\S+Z info reload by SIGHUP: \\+IMAGES\n");
    }

    @Test
    void textUsesTheTimeZoneOfTheSettings() {
        new NoticeLog(new PrintStream(out, true, StandardCharsets.UTF_8), AuditFormat.TEXT, ZoneId.of("Asia/Tokyo"))
                .warn("late");
        assertThat(written()).matches("\\S+\\+09:00 warn late\n");
    }

    @Test
    void eachLineOfAStackTraceHasTimeLevelAndLogger() {
        log(AuditFormat.TEXT).write(Level.ERROR, LIBRARY, "cannot stop", new IllegalStateException("why"));
        assertThat(written().lines())
                .hasSizeGreaterThan(3)
                .allMatch(line -> line.matches("\\S+Z error " + LIBRARY + ": .*"))
                .anyMatch(line -> line.endsWith(": java.lang.IllegalStateException: why"));
    }

    @Test
    void controlCharactersBeginNoLine() {
        log(AuditFormat.TEXT).warn("a\n2026-01-01T00:00:00Z #1 evil\r\u0085\u2028b\u001b[2J");
        assertThat(written())
                .hasLineCount(1)
                .endsWith("warn a\\u000a2026-01-01T00:00:00Z #1 evil\\u000d\\u0085\\u2028b\\u001b[2J\n");
    }

    @Test
    void jsonIsOneObjectALine() {
        NoticeLog log = log(AuditFormat.JSON);
        log.info("two\nlines \"quoted\"");
        log.write(Level.WARN, LIBRARY, "late", new IllegalStateException("why"));
        assertThat(written().lines().toList())
                .hasSize(2)
                .satisfiesExactly(
                        first -> assertThat(first)
                                .matches(
                                        "\\{\"time\":\"\\S+Z\",\"level\":\"info\",\"message\":\"two\\\\u000alines \\\\u0022quoted\\\\u0022\"}"),
                        second -> assertThat(second)
                                .matches(
                                        "\\{\"time\":\"\\S+Z\",\"level\":\"warn\",\"logger\":\"" + LIBRARY
                                                + "\",\"message\":\"late\",\"stack\":\"java.lang.IllegalStateException: why\\\\u000a.*\"}"));
    }

    @Test
    void aFullQueueDropsMessagesAndSaysHowMany() throws InterruptedException {
        Semaphore reached = new Semaphore(0);
        Semaphore permits = new Semaphore(0);
        Queue<String> written = new ConcurrentLinkedQueue<>();
        try (NoticeLog log = NoticeLog.queued(
                lines -> {
                    reached.release();
                    permits.acquireUninterruptibly();
                    written.add(lines);
                },
                AuditFormat.TEXT,
                ZoneOffset.UTC)) {
            log.info("first");
            reached.acquire(); // the thread of the log waits for the output, and the queue is empty

            for (int i = 0; i < 256 + 7; i++) {
                log.info("more");
            }
            assertThat(log.dropped()).isEqualTo(7);
            permits.release(Integer.MAX_VALUE / 2);
        }
        assertThat(String.join("", written).lines())
                .hasSize(1 + 256 + 1)
                .last()
                .asString()
                .endsWith(" warn 7 messages were dropped, because standard error did not take them");
    }
}
