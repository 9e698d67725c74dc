package org.socketproxy.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.audit.AuditRecord;
import org.socketproxy.audit.Outcome;
import org.socketproxy.client.Client;
import org.socketproxy.policy.Decision;
import org.socketproxy.testing.Records;

class UsageLedgerTest extends LedgerStory {
    @Test
    void operationsAreCountedByDecisionAndStatusClass() {
        happen("""
                10.0.0.1 GET /containers/json 200
                10.0.0.2 GET /v1.45/containers/json?all=1 200
                10.0.0.1 GET /containers/json 502
                10.0.0.1 GET /containers/json 0
                10.0.0.1 GET /images/json 403
                10.0.0.1 GET /nonsense 403
                10.0.0.1 GET /a/../b 400
                """);

        assertThat(ledger.snapshot().operations()).map(UsageLedgerTest::told).containsExactly("""
                ContainerList 4 allowed, 0 denied, last 4 [allowed 0xx section 1, allowed 2xx section 2, allowed 5xx section 1]""", """
                ImageList 0 allowed, 1 denied, last 5 [denied 4xx variable-missing 1]""", """
                null 0 allowed, 2 denied, last 7 [denied 4xx target-segment 1, denied 4xx unlisted 1]""");
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            value = {
                "GET /_ping             -> PING 1",
                "GET /containers/x/json -> CONTAINERS 1",
                "POST /containers/prune -> CONTAINERS 1 POST 1", // together
                "POST /containers/x/start -> ALLOW_START 1", // alone, although CONTAINERS and POST are on too
                "GET /images/json       -> ''",
            })
    void allowingVariablesCountAsUsed(String request, String used) {
        happen("10.0.0.1 " + request + " 200");

        assertThat(ledger.snapshot().variables())
                .map(use -> use.variable() + " " + use.count())
                .isEqualTo(used.isEmpty() ? List.of() : List.of(used.split("(?<=\\d) ")));
    }

    @Test
    void clientIsCountedByOperationAndWrite() {
        granted = Set.of("PING", "LIBPOD_SECRETS");

        happen("""
                10.0.0.2 GET /_ping 200
                10.0.0.1 GET /libpod/secrets/s/json 200
                10.0.0.1 GET /libpod/secrets/s/json?showsecret=true 403
                10.0.0.1 GET /libpod/secrets/s/json?SHOWSECRET 403
                unix POST /auth 403
                unix GET /nonsense 403
                """);

        assertThat(ledger.snapshot().clients()).map(UsageLedgerTest::told).containsExactly("""
                10.0.0.1 last 4 [SecretInspectLibpod 1 allowed 0 denied, SecretInspectLibpod write 0 allowed 2 denied]""", """
                10.0.0.2 last 1 [SystemPing 1 allowed 0 denied]""", """
                unix last 6 [SystemAuth write 0 allowed 1 denied, null 0 allowed 1 denied]""");
    }

    @Test
    void failedRequestsOfAClientAreCounted() {
        happen("""
                10.0.0.1 GET /containers/json 200
                10.0.0.1 GET /containers/json 502
                10.0.0.1 GET /containers/json 404
                10.0.0.1 GET /images/json 403
                """);
        Decision decision = decide("GET", "/containers/json");
        AuditRecord forwarded = record("10.0.0.1", "GET", "/containers/json", decision, 504);
        ledger.begin(forwarded.begun(), decision);
        assertThat(ledger.snapshot().clients()).map(Usage.ClientUse::failed).containsExactly(1L);
        ledger.end(forwarded, decision);

        assertThat(ledger.snapshot().clients())
                .extracting(Usage.ClientUse::failed, Usage.ClientUse::succeeded)
                .containsExactly(tuple(2L, 2L));
    }

    @ParameterizedTest
    @ValueSource(longs = {-86_400, 0, 86_400})
    void leastRecentClientIsEvictedAfterAJumpOfTheClock(long seconds) {
        second = 1_000_000;
        for (int i = 0; i < ClientCounters.CAPACITY; i++) {
            happen("10.0.0." + i + " GET /_ping 200");
        }
        second += seconds;
        happen("10.1.0.0 GET /_ping 200\n10.1.0.1 GET /_ping 200");

        assertThat(ledger.snapshot().clients())
                .map(Usage.ClientUse::client)
                .contains("10.0.0.2", "10.1.0.0", "10.1.0.1")
                .doesNotContain("10.0.0.0", "10.0.0.1");
    }

    @Test
    void leastRecentClientIsEvictedAndCountsAreKept() {
        for (int i = 0; i < ClientCounters.CAPACITY; i++) {
            happen("10.0.0." + i + " GET /_ping 200");
        }
        happen("10.0.0.0 GET /_ping 200"); // makes .1 the least recent client
        assertThat(ledger.snapshot().clients()).hasSize(256).noneMatch(Usage.ClientUse::isOthers);

        happen("10.1.0.0 GET /_ping 502\n10.1.0.1 GET /images/json 403");

        List<Usage.ClientUse> clients = ledger.snapshot().clients();
        assertThat(clients).map(Usage.ClientUse::client).hasSize(257).doesNotContain("10.0.0.1", "10.0.0.2");
        assertThat(clients).map(Usage.ClientUse::client).contains("10.0.0.0", "10.0.0.3", "10.1.0.0", "10.1.0.1");
        assertThat(clients.get(256)).extracting(UsageLedgerTest::told).isEqualTo("""
                others last 3 [SystemPing 2 allowed 0 denied]""");
    }

    @Test
    void manyClientsKeepLedgerBoundedAndTotalCorrect() {
        for (int i = 0; i < 10_000; i++) {
            happen("fd00::" + Integer.toHexString(i) + " GET /images/json?" + i + " 403");
        }

        Usage usage = ledger.snapshot();
        assertThat(usage.clients()).hasSize(257);
        assertThat(usage.denials()).hasSize(200);
        assertThat(usage.clients().stream()
                        .flatMap(client -> client.operations().stream())
                        .mapToLong(Usage.ClientOperation::denied)
                        .sum())
                .isEqualTo(10_000);
        assertThat(usage.operations()).map(Usage.OperationUse::denied).containsExactly(10_000L);
    }

    @Test
    void recentExchangesAreBoundedEscapedAndHaveNoQuery() {
        happen("10.0.0.1 GET /old 403");
        IntStream.rangeClosed(1, 199).forEach(i -> happen("10.0.0.1 GET /images/" + i + "/json?password=hunter2 403"));
        happen("10.0.0.1 G\u001bT /\u202e" + "x".repeat(100_000) + " 400");

        List<RecentExchange> recent = ledger.recent();
        assertThat(recent).hasSize(200);
        assertThat(recent.get(0).method()).isEqualTo("G\\u001bT");
        assertThat(recent.get(0).path()).startsWith("/\\u202exxx").hasSize(200 + 5 + 3);
        assertThat(recent.get(1).path()).isEqualTo("/images/199/json");
        assertThat(recent.get(1).status()).isEqualTo(403);
    }

    @Test
    void recentDenialsAreNewestFirst() {
        IntStream.rangeClosed(1, 201).forEach(i -> happen("10.0.0.1 GET /images/" + i + "/json 403"));

        List<Denial> denials = ledger.snapshot().denials();

        assertThat(denials).hasSize(200);
        assertThat(denials.get(0).path()).isEqualTo("/images/201/json");
        assertThat(denials.get(199).path()).isEqualTo("/images/2/json");
        assertThat(denials.get(0).time()).isEqualTo(Instant.ofEpochSecond(201));
    }

    @Test
    void allowedExchangeAndDaemonFaultAreNoDenials() {
        happen("10.0.0.1 GET /containers/json 200\n10.0.0.1 GET /containers/json 502");

        assertThat(ledger.snapshot().denials()).isEmpty();
    }

    @Test
    void denialOmitsQueryAndEscapesAndTruncates() {
        happen("10.0.0.1 GET /images/json?password=hunter2 403");
        happen("10.0.0.1 G\u001bT /\u202e" + "x".repeat(100_000) + " 400");

        List<Denial> denials = ledger.snapshot().denials();

        assertThat(denials.get(1).path()).isEqualTo("/images/json");
        assertThat(denials.get(0).method()).isEqualTo("G\\u001bT");
        assertThat(denials.get(0).path())
                .startsWith("/\\u202exxx")
                .endsWith("x...")
                .hasSize(200 + 5 + 3);
    }

    @Test
    void denialsAreGroupedByAlternatives() {
        granted = Set.of("CONTAINERS");

        happen("""
                10.0.0.1 GET /images/json 403
                10.0.0.1 POST /containers/x/restart 403
                10.0.0.2 GET /images/x/json 403
                10.0.0.1 POST /containers/x/kill 403
                10.0.0.1 GET /nonsense 403
                10.0.0.1 GET /other 403
                10.0.0.1 GET /a/../b 400
                10.0.0.1 GET /images/json 403
                """);

        assertThat(DenialGroup.of(ledger.snapshot().denials()))
                .map(UsageLedgerTest::told)
                .containsExactly("""
                [IMAGES=1] variable-missing: 3 by [10.0.0.1, 10.0.0.2], last 8 [ImageList, ImageInspect]""", """
                [] target-segment: 1 by [10.0.0.1], last 7 []""", """
                [] unlisted: 2 by [10.0.0.1], last 6 []""", """
                [ALLOW_RESTARTS=1, POST=1] variable-missing: 2 by [10.0.0.1], last 4 [ContainerKill, ContainerRestart]""");
    }

    @Test
    void ledgerContinuesWithoutEarlierDenials() {
        happen("""
                10.0.0.1 GET /containers/json 200
                10.0.0.1 POST /containers/create 201
                10.0.0.2 GET /images/json 403
                10.0.0.2 GET /nonsense 403
                """);
        IntStream.range(0, 256).forEach(i -> happen("10.1.0." + i + " GET /_ping 200"));
        Usage earlier = ledger.snapshot();

        Usage restored = UsageLedger.continuing(earlier).snapshot();

        assertThat(earlier.clients()).last().matches(Usage.ClientUse::isOthers);
        assertThat(restored)
                .isEqualTo(new Usage(
                        earlier.since(), earlier.operations(), earlier.variables(), earlier.clients(), List.of()));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "5, 0", "6, 1", "25, 1", "100, 2", "500, 3", "2500, 4", "10000, 5", "60000, 6", "60001, 7"})
    void allowedExchangeIsCountedInDurationBucket(long millis, int bucket) {
        Decision decision = decide("POST", "/containers/create");
        ledger.add(lasting(millis, "POST", "/containers/create", decision), decision, List.of());

        List<Long> counts = new ArrayList<>(Collections.nCopies(8, 0L));
        counts.set(bucket, 1L);
        assertThat(ledger.traffic())
                .containsExactly(
                        new SectionTraffic("CONTAINERS", counts, Duration.ofMillis(millis), Duration.ZERO, 10, 2000));
    }

    @Test
    void streamCountsBytesOnlyAndDenialNothing() {
        granted = Set.of("EVENTS");
        happen("10.0.0.1 GET /events 200\n10.0.0.1 GET /events 200\n10.0.0.1 GET /images/json 403");

        assertThat(ledger.traffic())
                .containsExactly(new SectionTraffic(
                        "EVENTS", Collections.nCopies(8, 0L), Duration.ZERO, Duration.ZERO, 20, 4000));
    }

    @Test
    void concurrentCountsAreNotLost() throws InterruptedException {
        Decision decision = decide("POST", "/containers/create");
        List<Thread> threads = IntStream.range(0, 4)
                .mapToObj(n -> new Thread(() -> {
                    for (int i = 0; i < 25_000; i++) {
                        ledger.add(
                                record("10.0.0." + n % 2, "POST", "/containers/create", decision, 201),
                                decision,
                                List.of());
                    }
                }))
                .toList();
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }

        Usage usage = ledger.snapshot();
        assertThat(usage.operations()).map(Usage.OperationUse::allowed).containsExactly(100_000L);
        assertThat(usage.variables()).map(Usage.VariableUse::count).containsExactly(100_000L, 100_000L);
        assertThat(usage.clients())
                .map(client -> client.operations().get(0).allowed())
                .containsExactly(50_000L, 50_000L);
    }

    private AuditRecord lasting(long millis, String method, String target, Decision decision) {
        return new AuditRecord(
                Records.begun(
                        Instant.EPOCH,
                        1,
                        Client.at("10.0.0.1"),
                        method,
                        target,
                        decision.operation().id(),
                        Outcome.ALLOW,
                        decision.reason().code()),
                200,
                Duration.ofMillis(millis),
                false,
                10,
                2000,
                null);
    }

    private static String told(Usage.OperationUse use) {
        return use.operation() + " " + use.allowed() + " allowed, " + use.denied() + " denied, last "
                + use.last().getEpochSecond() + " "
                + use.outcomes().stream()
                        .map(outcome -> (outcome.isAllowed() ? "allowed " : "denied ") + outcome.statusClass() + "xx "
                                + outcome.reason() + " " + outcome.count())
                        .toList();
    }

    private static String told(Usage.ClientUse use) {
        return use.client() + " last " + use.last().getEpochSecond() + " "
                + use.operations().stream()
                        .map(asked -> asked.operation() + (asked.isWrite() ? " write " : " ") + asked.allowed()
                                + " allowed " + asked.denied() + " denied")
                        .toList();
    }

    private static String told(DenialGroup group) {
        return group.alternatives() + " " + group.reason() + ": "
                + group.denials().size() + " by " + group.clients() + ", last "
                + group.denials().get(0).time().getEpochSecond() + " " + group.operations();
    }
}
