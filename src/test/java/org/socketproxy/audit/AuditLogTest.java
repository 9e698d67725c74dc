package org.socketproxy.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.socketproxy.client.Client;
import org.socketproxy.policy.create.CreatedObject;
import org.socketproxy.testing.Records;

class AuditLogTest {
    private static final int CAPACITY = 8192;

    private final SlowOutput output = new SlowOutput();
    private final PrintStream out = new PrintStream(output, true, StandardCharsets.UTF_8);

    @Test
    void recordsArePrintedInOrderBeforeClose() {
        output.permits.release(Integer.MAX_VALUE / 2);
        try (AuditLog log = AuditLog.to(out::print, AuditFormat.TEXT, ZoneOffset.UTC, written -> true, () -> false)) {
            for (int i = 0; i < 1000; i++) {
                log.write(record(i));
            }
        }
        assertThat(lines()).hasSize(1000);
        assertThat(lines().get(0)).contains(" #0 ");
        assertThat(lines().get(999)).contains(" #999 ");
    }

    @Test
    void filteredRecordIsNotPrinted() {
        output.permits.release(Integer.MAX_VALUE / 2);
        try (AuditLog log = AuditLog.to(
                out::print,
                AuditFormat.TEXT,
                ZoneOffset.UTC,
                written -> written.toText(ZoneOffset.UTC).contains("#2 "),
                () -> false)) {
            log.write(record(1));
            log.write(record(2));
            log.write(record(3));
        }
        assertThat(lines()).singleElement().asString().contains(" #2 ");
    }

    @Test
    void blockedOutputDropsAndCountsRecordsWithoutBlocking() throws InterruptedException {
        try (AuditLog log = AuditLog.to(out::print, AuditFormat.TEXT, ZoneOffset.UTC, written -> true, () -> false)) {
            log.write(record(0));
            output.reached.acquire(); // the printer blocks on this record, and the queue is empty

            for (int i = 1; i <= CAPACITY + 5; i++) {
                log.write(record(i));
            }
            output.permits.release(Integer.MAX_VALUE / 2);
            output.reached.acquire();
            log.write(record(9000));
            assertThat(log.dropped()).isEqualTo(5);
        }
        assertThat(lines())
                .hasSize(1 + CAPACITY + 1 + 1)
                .filteredOn(line -> line.startsWith("audit: "))
                .containsExactly("audit: 5 records were dropped, because the output did not take them");
        assertThat(lines())
                .filteredOn(line -> !line.startsWith("audit: "))
                .element(CAPACITY)
                .asString()
                .contains(" #" + CAPACITY + " ")
                .endsWith(" seq=" + (CAPACITY + 1));
        assertThat(lines())
                .filteredOn(line -> line.contains(" #9000 "))
                .singleElement()
                .asString()
                .endsWith(" seq=" + (CAPACITY + 1 + 5 + 1));
    }

    @Test
    void blockedOutputDelaysCloseByOneSecond() throws InterruptedException {
        AuditLog log = AuditLog.to(out::print, AuditFormat.TEXT, ZoneOffset.UTC, written -> true, () -> false);
        log.write(record(0));
        output.reached.acquire();
        long begin = System.nanoTime();

        log.close();

        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(900));
        output.permits.release(Integer.MAX_VALUE / 2);
    }

    @Test
    void repeatedDenialsArePrintedEachMinuteAndAtClose() throws InterruptedException {
        AtomicLong nanos = new AtomicLong();
        BlockingQueue<String> printed = new LinkedBlockingQueue<>();
        try (AuditLog log = AuditLog.to(
                lines -> {
                    if (lines.contains(" #5 ")) {
                        nanos.addAndGet(TimeUnit.MINUTES.toNanos(1));
                    }
                    lines.lines().forEach(printed::add);
                },
                AuditFormat.TEXT,
                ZoneOffset.UTC,
                written -> true,
                () -> true,
                () -> new RepeatedDenials(nanos::get))) {
            for (int i = 1; i <= 3; i++) {
                log.write(record(i, Outcome.DENY, 403));
            }
            log.write(record(4));
            log.write(record(5));
            assertThat(printed.take()).contains(" #1 ").endsWith(" 10/2000B seq=1");
            assertThat(printed.take()).contains(" #4 ");
            assertThat(printed.take()).contains(" #5 ");
            assertThat(printed.take()).contains(" #3 ").endsWith(" 10/2000B repeated=2 seq=4");

            log.write(record(6, Outcome.DENY, 403));
            log.write(record(7, Outcome.DENY, 403));
        }
        assertThat(printed).singleElement().asString().contains(" #7 ").endsWith(" repeated=2 seq=5");
    }

    @Test
    void firstRecordOfEachKindOfDenialHasTheRemedy() {
        output.permits.release(Integer.MAX_VALUE / 2);
        try (AuditLog log = AuditLog.to(out::print, AuditFormat.TEXT, ZoneOffset.UTC, written -> true, () -> false)) {
            log.write(denial(1, "ImageList", "IMAGES=1"));
            log.write(denial(2, "ImageList", "IMAGES=1"));
            log.write(denial(3, "ContainerCreate", "CREATE=safe", "POST=1"));
            log.write(denial(4, "ImageList", "CONTAINERS=1"));
            log.write(denial(5, "ContainerCreate"));
        }
        assertThat(lines())
                .extracting(line -> line.replaceFirst(".* 0/0B ?", ""))
                .containsExactly(
                        "set=\"IMAGES=1\" seq=1",
                        "seq=2",
                        "set=\"CREATE=safe and POST=1\" seq=3",
                        "set=\"CONTAINERS=1\" seq=4",
                        "seq=5");
    }

    @Test
    void remediesOfManyKindsAreForgotten() {
        PrintedRemedies printed = new PrintedRemedies();
        AuditRecord first = denial(1, "ImageList", "IMAGES=1");
        printed.once(first);
        for (int i = 0; i < PrintedRemedies.MOST - 1; i++) {
            printed.once(denial(1, "ImageList", "BINDS=/" + i));
        }
        assertThat(printed.once(first)).isNotEqualTo(first);

        printed.once(denial(1, "ImageList", "BINDS=/one/more"));

        assertThat(printed.once(first)).isSameAs(first);
    }

    @Test
    void remedyIsShortAndPrintable() {
        AuditRecord record = denial(1, "ImageList", "a \"b\" \n", "x".repeat(600), "c");

        assertThat(record.toText(ZoneOffset.UTC)).endsWith(" set=\"a \\u0022b\\u0022 \\u000a and ...\"");
        assertThat(record.toJson()).endsWith(",\"set\":[\"a\\u0020\\u0022b\\u0022\\u0020\\u000a\",\"...\"]}");
    }

    private static AuditRecord denial(long id, String operation, String... remedy) {
        return new AuditRecord(
                Records.begun(Instant.EPOCH, id, Client.at("c"), "GET", "/", operation, Outcome.DENY, "r"),
                403,
                Duration.ZERO,
                false,
                0,
                0,
                null,
                CreatedObject.NONE,
                false,
                null,
                List.of(remedy),
                1,
                AuditRecord.Path.NONE);
    }

    private List<String> lines() {
        return output.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private static AuditRecord record(long id) {
        return record(id, Outcome.ALLOW, 200);
    }

    private static AuditRecord record(long id, Outcome outcome, int status) {
        return new AuditRecord(
                Records.begun(Instant.EPOCH, id, Client.at("c"), "GET", "/", null, outcome, "r"),
                status,
                Duration.ZERO,
                false,
                10,
                2000,
                null);
    }

    /** Output stream that blocks without a permit, and signals each write. */
    private static final class SlowOutput extends ByteArrayOutputStream {
        final Semaphore permits = new Semaphore(0);
        final Semaphore reached = new Semaphore(0);

        @Override
        public synchronized void write(byte[] bytes, int offset, int length) {
            reached.release();
            permits.acquireUninterruptibly();
            super.write(bytes, offset, length);
        }
    }
}
