package org.socketproxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.Scheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.audit.AuditFormat;
import org.socketproxy.audit.AuditLog;
import org.socketproxy.config.ConfigurationFiles;
import org.socketproxy.config.Settings;
import org.socketproxy.daemon.ClientContainers;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.RisingClock;
import org.socketproxy.policy.Variables;
import org.socketproxy.reload.ConfigurationReloader;
import org.socketproxy.reload.LiveConfiguration;
import org.socketproxy.testing.Notices;

/** Records of ends under jumps of the system clock, and with reloads at any time. */
class PolicyExpiryTest {
    private static final Instant BEGIN = Instant.parse("2026-12-01T18:00:00Z");
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Variables VARIABLES = Variables.load();

    @TempDir
    Path folder;

    private final AtomicReference<Instant> system = new AtomicReference<>(BEGIN);
    private final AtomicLong nanos = new AtomicLong(42);
    private final Queue<Runnable> polls = new ArrayDeque<>();
    private final AtomicInteger endedStreams = new AtomicInteger();
    private final List<String> written = Collections.synchronizedList(new ArrayList<>());

    /** The test runs its tasks. */
    private final class HeldTasks extends AbstractLifeCycle implements Scheduler {
        @Override
        public Task schedule(Runnable task, long delay, TimeUnit unit) {
            polls.add(task);
            return () -> polls.remove(task);
        }
    }

    /** A proxy without listeners. */
    private final class Running implements AutoCloseable {
        final LiveConfiguration configuration;
        final AuditLog log = AuditLog.to(
                lines -> lines.lines().forEach(written::add),
                AuditFormat.TEXT,
                ZoneOffset.UTC,
                any -> true,
                () -> false);
        final ConfigurationReloader reloader;
        final PolicyExpiry expiry;

        Running(Instant end) throws Exception {
            write(end.toString());
            Map<String, String> environment =
                    Map.of("POLICY", folder.resolve("policy.yaml").toString());
            ConfigurationFiles read = ConfigurationFiles.load(environment);
            configuration = new LiveConfiguration(
                    OperationCatalogue.load(),
                    LearnMode.off(),
                    Settings.read(environment, read, VARIABLES),
                    new ClientContainers("", DaemonQuery.NONE),
                    new RisingClock(system::get, nanos::get));
            reloader = new ConfigurationReloader(
                    environment,
                    read,
                    VARIABLES,
                    configuration,
                    new ActiveExchanges(),
                    configuration,
                    log,
                    Notices.to(new ByteArrayOutputStream()));
            expiry = PolicyExpiry.announcedBy(
                    LearnMode.off(), configuration, log, endedStreams::incrementAndGet, new HeldTasks());
        }

        @Override
        public void close() {
            expiry.close();
            log.close();
            configuration.close();
        }
    }

    private void write(String end) throws Exception {
        Files.writeString(folder.resolve("policy.yaml"), """
                profiles:
                  ci:
                    clients: [{network: 127.0.0.1}]
                    variables: {CONTAINERS: 1, EVENTS: 0}
                    allow:
                      - {operation: SystemEvents, until: %s}
                """.formatted(end));
    }

    private void poll() {
        assertThat(polls).hasSize(1);
        polls.remove().run();
    }

    private void pass(Duration byMonotonicClock, Duration bySystemClock) {
        nanos.addAndGet(byMonotonicClock.toNanos());
        system.updateAndGet(time -> time.plus(bySystemClock));
    }

    private List<String> ends() {
        return written.stream()
                .filter(line -> line.contains(" policy permission-ended by until "))
                .toList();
    }

    @ParameterizedTest
    @CsvSource({
        // until, after the begin | jump of the system clock | later jump | is it recorded after the first, after both
        "PT1H, P1D, -P1D, true, true",
        "PT1H, -P1D, P1D, false, false",
        "PT36H, P1D, P1D, false, true",
        "PT36H, P1D, -P1D, false, false",
        "PT36H, -P1D, -P1D, false, false",
    })
    void aJumpOfTheClockRecordsAnEndOnce(
            Duration until, Duration jump, Duration later, boolean isRecorded, boolean isRecordedLater)
            throws Exception {
        try (Running running = new Running(BEGIN.plus(until))) {
            poll();
            pass(Duration.ofMillis(250), jump);
            poll();
            running.log.close();
            assertThat(ends()).hasSize(isRecorded ? 1 : 0);
            pass(Duration.ofMillis(250), later);
            poll();
            poll();
            assertThat(endedStreams).hasValue(isRecordedLater ? 1 : 0);
        }
    }

    @ParameterizedTest
    @CsvSource({"PT0S", "P1D", "-P1D"})
    void theTimeGoesOnAfterAJump(Duration jump) throws Exception {
        try (Running running = new Running(BEGIN.plus(HOUR))) {
            poll();
            pass(Duration.ZERO, jump);
            poll();
            pass(HOUR, HOUR);
            poll();
            poll();
            running.log.close();
            assertThat(ends())
                    .singleElement()
                    .asString()
                    .contains("until " + BEGIN.plus(HOUR) + " profile ci SystemEvents");
        }
    }

    @ParameterizedTest
    @CsvSource({"P0D", "P30D"})
    void aReloadBetweenTheEndAndTheNextPollLosesNoRecord(Duration moved) throws Exception {
        Instant end = BEGIN.plus(HOUR);
        try (Running running = new Running(end)) {
            poll();
            pass(Duration.ofMillis(100), DAY);
            write(end.plus(moved) + " # another text");
            running.reloader.reload();
            poll();
            poll();
            running.log.close();
            assertThat(ends()).singleElement().asString().contains(" until " + end + " ");
        }
    }

    @Test
    void aReloadThatRemovesAnEndIsItsLastRecord() throws Exception {
        try (Running running = new Running(BEGIN.plus(HOUR))) {
            poll();
            write(BEGIN.plus(DAY).toString());
            running.reloader.reload();
            pass(HOUR, HOUR);
            poll();
            running.log.close();
            assertThat(ends()).isEmpty();
        }
    }
}
