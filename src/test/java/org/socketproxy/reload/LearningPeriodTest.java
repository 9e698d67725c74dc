package org.socketproxy.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.Variables;
import org.socketproxy.server.SocketProxyServer;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.usage.file.LedgerFile;

/** The end of learn mode across restarts. */
class LearningPeriodTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);

    @TempDir
    Path folder;

    private final Map<String, String> environment = new HashMap<>(Map.of("MODE", "learn"));

    /** Starts learn mode at an instant. */
    private LearningPeriod startAt(Instant instant) throws Exception {
        Settings settings = Settings.read(environment, Variables.load());
        Path file = settings.records().ledger();
        if (file == null) {
            return LearningPeriod.of(settings, null, instant);
        }
        try (LedgerFile ledger = LedgerFile.open(file, instant, notice -> {})) {
            return LearningPeriod.of(settings, ledger, instant);
        }
    }

    private void assertEnforced(LearningPeriod learning, String note) {
        assertThat(learning.mode().isOn()).isFalse();
        assertThat(learning.notes()).singleElement().asString().isEqualTo(note);
    }

    private void assertLearningUntil(Instant end, LearningPeriod learning, String note) {
        assertThat(learning.mode().isOn()).isTrue();
        assertThat(learning.mode().end()).isEqualTo(end);
        assertThat(learning.notes()).singleElement().asString().isEqualTo(note);
    }

    @Test
    void withoutLedgerTheNoteSaysThatARestartStartsLearningAgain() throws Exception {
        Instant end = now.plus(HOUR);
        assertLearningUntil(
                end,
                startAt(now),
                "EACH RESTART STARTS THE LEARNING TIME AGAIN, also after a crash (restart: unless-stopped). To prevent"
                        + " this, set LEARN_UNTIL="
                        + end + ", or set LEDGER to a file on a volume");
    }

    @Test
    void unwritableLedgerDoesNotKeepTheBegin() throws Exception {
        environment.put("LEDGER", folder.resolve("missing/ledger.json").toString());
        assertThat(startAt(now).notes())
                .singleElement()
                .asString()
                .startsWith("EACH RESTART STARTS THE LEARNING TIME AGAIN");
    }

    @Test
    void withLedgerARestartKeepsTheEnd() throws Exception {
        environment.put("LEDGER", folder.resolve("ledger.json").toString());
        Instant begin = now.minus(Duration.ofMinutes(50));
        Instant end = begin.plus(HOUR);
        String note = "learning ends at " + end + " by LEDGER, and a restart does not extend it";
        startAt(begin);
        assertLearningUntil(end, startAt(begin.plusSeconds(1)), note);
        assertLearningUntil(end, startAt(end.minusSeconds(1)), note);
        String over = "MODE=learn has no effect: learning ended at " + end + " by LEDGER. The variables are enforced."
                + " To learn again, set a later LEARN_UNTIL, or start once with MODE=enforce and then with MODE=learn";
        assertEnforced(startAt(end), over);
        assertEnforced(startAt(end.plus(Duration.ofDays(365))), over);
    }

    @Test
    void withLedgerAnExplicitChangeStartsLearningAgain() throws Exception {
        environment.put("LEDGER", folder.resolve("ledger.json").toString());
        startAt(now.minus(Duration.ofHours(2)));
        assertThat(startAt(now).mode().isOn()).isFalse();

        environment.put("LEARN_FOR", "3h"); // from the same begin
        assertThat(startAt(now).mode().end()).isEqualTo(now.plus(HOUR));

        environment.put("LEARN_FOR", "1h");
        environment.put("LEARN_UNTIL", now.plusSeconds(600).toString());
        assertThat(startAt(now).mode().end()).isEqualTo(now.plusSeconds(600));

        environment.remove("LEARN_UNTIL");
        environment.put("MODE", "enforce");
        assertThat(startAt(now)).satisfies(enforced -> {
            assertThat(enforced.mode().isOn()).isFalse();
            assertThat(enforced.notes()).isEmpty();
        });
        environment.put("MODE", "learn");
        assertThat(startAt(now).mode().end()).isEqualTo(now.plus(HOUR));
    }

    @Test
    void systemClockBeforeTheBeginTurnsLearningOff() throws Exception {
        environment.put("LEDGER", folder.resolve("ledger.json").toString());
        startAt(now);
        assertEnforced(
                startAt(now.minus(Duration.ofDays(1))),
                "MODE=learn has no effect: learning began at " + now
                        + " by LEDGER, which the system clock has not reached, so its end is not known. The variables"
                        + " are enforced. To learn again, set a later LEARN_UNTIL");
    }

    @Test
    void learnUntilHasPrecedenceOverTheLedger() throws Exception {
        Instant end = now.plusSeconds(600);
        environment.put("LEARN_UNTIL", end.toString());
        String note = "learning ends at " + end + " by LEARN_UNTIL, and a restart does not extend it";
        String over = "MODE=learn has no effect: learning ended at " + end
                + " by LEARN_UNTIL. The variables are enforced." + " To learn again, set a later LEARN_UNTIL";
        assertLearningUntil(end, startAt(now), note);
        assertEnforced(startAt(end), over);

        environment.put("LEDGER", folder.resolve("ledger.json").toString());
        assertLearningUntil(end, startAt(now), note);
        assertEnforced(startAt(end.plusSeconds(1)), over);
    }

    @Test
    void killedProxyDoesNotExtendLearningAfterItsRestart() throws Exception {
        Path ledger = folder.resolve("ledger.json");
        Files.writeString(
                ledger,
                "{\"format\":\"docker-socket-proxy"
                        + " ledger\",\"version\":1,\"since\":\"2026-11-25T03:00:00Z\",\"learningSince\":\""
                        + now.minus(HOUR) + "\",\"operations\":[],\"variables\":[],\"clients\":[]}");
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                ProxyUnderTest proxy =
                        ProxyUnderTest.with(daemon.socket(), Map.of("MODE", "learn", "LEDGER", ledger.toString()))) {
            assertThat(proxy.ask("GET", "/containers/json")).startsWith("HTTP/1.1 403 ");
        }
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void beginAndEndAreInTheAuditLog() throws Exception {
        BlockingQueue<String> records = new LinkedBlockingQueue<>();
        environment.putAll(
                Map.of("LISTEN", "tcp://127.0.0.1:0", "STATUS_LISTEN", "off", "LOG_LEVEL", "err", "LEARN_FOR", "2s"));
        Variables variables = Variables.load();
        try (SocketProxyServer server = SocketProxyServer.start(
                Settings.read(environment, variables),
                variables,
                lines -> lines.lines().forEach(records::add),
                List.of())) {
            assertThat(server.listening()).hasSize(1);
            assertThat(records.poll(300, TimeUnit.SECONDS))
                    .matches("\\S+Z policy learn-on by MODE=learn until \\S+Z; DANGER: every client can be root on the"
                            + " host seq=1");
            assertThat(records.poll(300, TimeUnit.SECONDS))
                    .matches("\\S+Z policy learn-off by the end of MODE=learn seq=2");
        }
    }

    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void beginAndEndOfAProfileAreInTheAuditLog() throws Exception {
        BlockingQueue<String> records = new LinkedBlockingQueue<>();
        Path policy = Files.writeString(folder.resolve("policy.yaml"), """
                profiles:
                  ci: {clients: [{network: 127.0.0.2}], learn: 2s}
                  late: {clients: [{network: 127.0.0.3}], learn: until 2020-01-01T00:00:00Z}
                  off: {clients: [{network: 127.0.0.4}]}
                """);
        environment.remove("MODE");
        environment.putAll(Map.of("LISTEN", "tcp://127.0.0.1:0", "STATUS_LISTEN", "off", "POLICY", policy.toString()));
        Variables variables = Variables.load();
        try (SocketProxyServer server = SocketProxyServer.start(
                Settings.read(environment, variables),
                variables,
                lines -> lines.lines().forEach(records::add),
                List.of())) {
            assertThat(server.listening()).hasSize(1);
            assertThat(records.poll(300, TimeUnit.SECONDS))
                    .matches(
                            "\\S+Z policy learn-on by learn until \\S+Z profile ci; DANGER: every client of the profile"
                                    + " can be root on the host seq=1");
            assertThat(records.poll(300, TimeUnit.SECONDS))
                    .matches("\\S+Z policy learn-off by the end of learn profile ci seq=2");
            assertThat(records).isEmpty();
        }
    }
}
