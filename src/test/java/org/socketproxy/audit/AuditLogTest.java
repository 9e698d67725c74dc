package org.socketproxy.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.socketproxy.client.Client;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.Compatibility;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.RequestHead;
import org.socketproxy.usage.Usage;
import org.socketproxy.usage.UsageLedger;

@Timeout(20)
class AuditLogTest {
    private static final int CAPACITY = 8192;

    private final SlowOutput output = new SlowOutput();
    private final PrintStream out = new PrintStream(output, true, StandardCharsets.UTF_8);

    @Test
    void recordsArePrintedInTheirOrderAndAllOfThemBeforeItCloses() {
        output.permits.release(Integer.MAX_VALUE / 2);
        try (AuditLog log = AuditLog.to(out, AuditFormat.TEXT, written -> true)) {
            for (int i = 0; i < 1000; i++) {
                log.write(record(i));
            }
        }
        assertThat(lines()).hasSize(1000);
        assertThat(lines().get(0)).contains(" #0 ");
        assertThat(lines().get(999)).contains(" #999 ");
    }

    @Test
    void whatIsNotWantedIsNotPrinted() {
        output.permits.release(Integer.MAX_VALUE / 2);
        try (AuditLog log =
                AuditLog.to(out, AuditFormat.TEXT, written -> written.toText().contains("#2 "))) {
            log.write(record(1));
            log.write(record(2));
            log.write(record(3));
        }
        assertThat(lines()).singleElement().asString().contains(" #2 ");
    }

    @Test
    void whereTheOutputIsStuckRecordsAreDroppedAndCountedAndNobodyWaits() throws InterruptedException {
        try (AuditLog log = AuditLog.to(out, AuditFormat.TEXT, written -> true)) {
            log.write(record(0));
            output.reached.acquire(); // the printer is stuck with this one, and the queue is empty

            for (int i = 1; i <= CAPACITY + 5; i++) {
                log.write(record(i));
            }
            output.permits.release(Integer.MAX_VALUE / 2);
        }
        assertThat(lines()).hasSize(1 + CAPACITY + 1);
        assertThat(lines().get(CAPACITY)).contains(" #" + CAPACITY + " ");
        assertThat(lines().get(CAPACITY + 1)).isEqualTo("audit: 5 records were dropped, the output is too slow");
    }

    @Test
    void anOutputThatStaysStuckHoldsUpTheCloseForASecondAtMost() throws InterruptedException {
        AuditLog log = AuditLog.to(out, AuditFormat.TEXT, written -> true);
        log.write(record(0));
        output.reached.acquire();
        long begin = System.nanoTime();

        log.close();

        assertThat(Duration.ofNanos(System.nanoTime() - begin))
                .isBetween(Duration.ofMillis(900), Duration.ofSeconds(5));
        output.permits.release(Integer.MAX_VALUE / 2);
    }

    @Test
    void anExchangeLeavesOneRecordAndCountsOnceHoweverOftenItEnds() throws Exception {
        output.permits.release(Integer.MAX_VALUE / 2);
        OperationCatalogue catalogue = OperationCatalogue.load();
        RequestTarget target = RequestTarget.parse("/containers/x/attach");
        Decision decision = Policy.of(catalogue, Set.of("CONTAINERS", "POST"), Compatibility.LINUXSERVER)
                .decide(catalogue.find("POST", target).orElseThrow(), target, RequestHead.EMPTY);
        UsageLedger ledger = UsageLedger.beginning(Instant.EPOCH);
        try (AuditLog log = AuditLog.to(out, AuditFormat.TEXT, written -> true)) {
            Exchange exchange = new Exchange(Client.at("192.0.2.1"), "POST", "/containers/x/attach", log, ledger);
            exchange.decided(decision);
            exchange.becameTunnel();
            exchange.end(101, 10, 2000);
            exchange.end(500, 0, 0);

            new Exchange(Client.at("192.0.2.1"), "GET", "/undecided", log, ledger).end(0, 0, 0);

            Exchange broken = new Exchange(Client.at("192.0.2.1"), "GET", "/broken", log, ledger);
            broken.decided(decision);
            broken.faulted("daemon-gone");
            broken.end(502, 0, 80);
        }
        assertThat(ledger.snapshot().operations())
                .extracting(Usage.OperationUse::operation, Usage.OperationUse::allowed, Usage.OperationUse::denied)
                .containsExactly(tuple("ContainerAttach", 2L, 0L), tuple(null, 0L, 1L));
        assertThat(lines())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .matches(
                                        ".* allow section POST /containers/x/attach ContainerAttach 101 tunnel \\d+ms 10/2000B"),
                        line -> assertThat(line).matches(".* deny undecided GET /undecided - 0 \\d+ms 0/0B"),
                        line -> assertThat(line)
                                .matches(".* allow daemon-gone GET /broken ContainerAttach 502 \\d+ms 0/80B"));
    }

    private List<String> lines() {
        return output.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private static AuditRecord record(long id) {
        return new AuditRecord(
                Instant.EPOCH,
                id,
                Client.at("c"),
                "GET",
                "/",
                null,
                Outcome.ALLOW,
                "r",
                200,
                Duration.ZERO,
                false,
                10,
                2000);
    }

    /** Takes bytes only as far as it is permitted to, and tells when somebody wants to write. */
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
