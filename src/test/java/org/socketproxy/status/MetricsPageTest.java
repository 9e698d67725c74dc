package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.config.Settings;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.policy.Variables;
import org.socketproxy.server.SocketProxyServer;
import org.socketproxy.status.StatusSource.MetricsFacts;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.Programs;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.Records;
import org.socketproxy.usage.Denial;
import org.socketproxy.usage.SectionTraffic;
import org.socketproxy.usage.ShadowCounts;
import org.socketproxy.usage.Usage;

class MetricsPageTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @TempDir
    Path folder;

    static MetricsFacts facts() {
        Usage usage = new Usage(
                Instant.EPOCH,
                List.of(
                        new Usage.OperationUse(
                                "ContainerList",
                                Instant.EPOCH,
                                List.of(
                                        new Usage.Outcome(true, 2, "section", 41),
                                        new Usage.Outcome(true, 0, null, 1))),
                        new Usage.OperationUse(
                                null, Instant.EPOCH, List.of(new Usage.Outcome(false, 4, "unlisted", 7)))),
                List.of(),
                List.of(new Usage.ClientUse("192.0.2.77", Instant.EPOCH, Instant.EPOCH, List.of(), 0)),
                List.of(denial(1_700_000_000), denial(1_600_000_000)));
        SectionTraffic traffic = new SectionTraffic(
                "CONTAINERS",
                List.of(10L, 5L, 0L, 0L, 0L, 0L, 0L, 1L),
                Duration.ofMillis(90_500),
                Duration.ofMillis(80_250),
                3,
                123_456_789_012L);
        return facts(new MetricsFacts.ProfileTraffic(
                "", usage, List.of(traffic), List.of(), new ActiveExchanges.Counts(1, 2, 3), true));
    }

    private static Denial denial(long second) {
        return Records.denial(
                Instant.ofEpochSecond(second),
                1,
                "192.0.2.77",
                "GET",
                "/images/json",
                "ImageList",
                false,
                "variable-missing",
                List.of());
    }

    private static MetricsFacts facts(MetricsFacts.ProfileTraffic... profiles) {
        return new MetricsFacts(
                "1.2.3",
                List.of(profiles),
                "0123456789ab",
                12,
                Map.of("open", 2, "stuck", 1),
                new MetricsFacts.Reload(false, Instant.ofEpochSecond(1_650_000_000)),
                true,
                4,
                5,
                Map.of("tls-handshake", 9L),
                new MetricsFacts.ListenerFacts(
                        Map.of("tls://0.0.0.0:2376", 3), 512, Map.of("listener", Instant.ofEpochSecond(1_800_000_000))),
                new MetricsFacts.ProcessFacts(
                        OptionalLong.of(60), OptionalLong.of(1024), 6, Map.of("stdout", 7L, "stderr", 8L), 10),
                profiles[0].profile().isEmpty() ? null : shadow());
    }

    private static ShadowCounts.Snapshot shadow() {
        ShadowCounts counts = new ShadowCounts();
        counts.judged();
        counts.denied("ci", "ImageList", "variable-missing", "192.0.2.77", "set IMAGES=1");
        counts.denied("ci", "ImageList", "parameter-value", "192.0.2.77", "too long");
        counts.denied("gone", "ImageList", "variable-missing", "192.0.2.77", "set IMAGES=1");
        counts.skipped(ShadowCounts.Skip.BODY);
        counts.hidden("ci", "ContainerList", 12, 15, "container", "192.0.2.77");
        counts.hidden("ci", "ContainerList", 2, 3, "container", "192.0.2.77");
        return counts.snapshot();
    }

    /** Facts of a policy file with one profile, and limits. */
    private static MetricsFacts factsOfFile() {
        Usage denied = new Usage(
                Instant.EPOCH,
                List.of(new Usage.OperationUse(
                        "ImageList", Instant.EPOCH, List.of(new Usage.Outcome(false, 4, "variable-missing", 1)))),
                List.of(),
                List.of(),
                List.of());
        return facts(new MetricsFacts.ProfileTraffic(
                "ci",
                denied,
                List.of(),
                List.of(new MetricsFacts.LimitUse("exec", 2, 3)),
                new ActiveExchanges.Counts(4, 5, 6),
                false));
    }

    /** The text with every metric, of the environment and of a policy file. */
    static String allMetrics() throws IOException {
        return text() + text(factsOfFile(), ProcessMetrics.all());
    }

    @Test
    void metricsAreWrittenWithLabelsAndHelp() throws IOException {
        assertThat(text().lines().filter(line -> !line.startsWith("# HELP")))
                .containsExactly("""
                # TYPE process_max_fds gauge
                process_max_fds 1024.0
                # TYPE process_open_fds gauge
                process_open_fds 60.0
                # TYPE socket_proxy_audit_dropped_total counter
                socket_proxy_audit_dropped_total 4.0
                # TYPE socket_proxy_build_info gauge
                socket_proxy_build_info{version="1.2.3"} 1
                # TYPE socket_proxy_bytes_total counter
                socket_proxy_bytes_total{direction="downstream",section="CONTAINERS"} 1.23456789012E11
                socket_proxy_bytes_total{direction="upstream",section="CONTAINERS"} 3.0
                # TYPE socket_proxy_certificate_expiry_timestamp_seconds gauge
                socket_proxy_certificate_expiry_timestamp_seconds{use="listener"} 1.8E9
                # TYPE socket_proxy_connections gauge
                socket_proxy_connections{listener="tls://0.0.0.0:2376"} 3.0
                # TYPE socket_proxy_connections_max gauge
                socket_proxy_connections_max 512.0
                # TYPE socket_proxy_connections_refused_total counter
                socket_proxy_connections_refused_total 5.0
                # TYPE socket_proxy_daemon_up gauge
                socket_proxy_daemon_up 1.0
                # TYPE socket_proxy_daemon_wait_seconds_total counter
                socket_proxy_daemon_wait_seconds_total{section="CONTAINERS"} 80.25
                # TYPE socket_proxy_exchange_duration_seconds histogram
                socket_proxy_exchange_duration_seconds_bucket{section="CONTAINERS",le="0.005"} 10
                socket_proxy_exchange_duration_seconds_bucket{section="CONTAINERS",le="0.025"} 15
                socket_proxy_exchange_duration_seconds_bucket{section="CONTAINERS",le="0.1"} 15
                socket_proxy_exchange_duration_seconds_bucket{section="CONTAINERS",le="0.5"} 15
                socket_proxy_exchange_duration_seconds_bucket{section="CONTAINERS",le="2.5"} 15
                socket_proxy_exchange_duration_seconds_bucket{section="CONTAINERS",le="10.0"} 15
                socket_proxy_exchange_duration_seconds_bucket{section="CONTAINERS",le="60.0"} 15
                socket_proxy_exchange_duration_seconds_bucket{section="CONTAINERS",le="+Inf"} 16
                socket_proxy_exchange_duration_seconds_count{section="CONTAINERS"} 16
                socket_proxy_exchange_duration_seconds_sum{section="CONTAINERS"} 90.5
                # TYPE socket_proxy_exchanges_total counter
                socket_proxy_exchanges_total{decision="allow",operation="ContainerList",reason="section",status="2xx"} 41.0
                socket_proxy_exchanges_total{decision="deny",operation="unlisted",reason="unlisted",status="4xx"} 7.0
                socket_proxy_exchanges_total{decision="allow",operation="ContainerList",status="none"} 1.0
                # TYPE socket_proxy_last_denial_timestamp_seconds gauge
                socket_proxy_last_denial_timestamp_seconds 1.7E9
                # TYPE socket_proxy_last_reload_success gauge
                socket_proxy_last_reload_success 0.0
                # TYPE socket_proxy_last_reload_timestamp_seconds gauge
                socket_proxy_last_reload_timestamp_seconds 1.65E9
                # TYPE socket_proxy_learn_mode gauge
                socket_proxy_learn_mode 1.0
                # TYPE socket_proxy_leases gauge
                socket_proxy_leases{state="open"} 2.0
                socket_proxy_leases{state="stuck"} 1.0
                # TYPE socket_proxy_ledger_write_failures_total counter
                socket_proxy_ledger_write_failures_total 10.0
                # TYPE socket_proxy_log_write_failures_total counter
                socket_proxy_log_write_failures_total{output="stderr"} 8.0
                socket_proxy_log_write_failures_total{output="stdout"} 7.0
                # TYPE socket_proxy_messages_dropped_total counter
                socket_proxy_messages_dropped_total 6.0
                # TYPE socket_proxy_open gauge
                socket_proxy_open{kind="exchange"} 1.0
                socket_proxy_open{kind="stream"} 2.0
                socket_proxy_open{kind="tunnel"} 3.0
                # TYPE socket_proxy_policy_info gauge
                socket_proxy_policy_info{hash="0123456789ab"} 1
                # TYPE socket_proxy_policy_version gauge
                socket_proxy_policy_version 12.0
                # TYPE socket_proxy_rejections_total counter
                socket_proxy_rejections_total{cause="tls-handshake"} 9.0
                """.lines().toArray(String[]::new));
        assertThat(text()).contains("# HELP socket_proxy_daemon_up 1 if the daemon answers its ping, else 0.");
    }

    @Test
    void limitsOfAProfileAreMetrics() throws IOException {
        assertThat(text(factsOfFile()))
                .contains(
                        "socket_proxy_profile_open{limit=\"exec\",profile=\"ci\"} 2.0\n",
                        "socket_proxy_profile_refused_total{limit=\"exec\",profile=\"ci\"} 3.0\n",
                        "socket_proxy_shadow_denials_total{operation=\"ImageList\",profile=\"ci\"} 2.0\n",
                        "socket_proxy_shadow_hidden_elements_total{operation=\"ContainerList\",profile=\"ci\"} 14.0\n",
                        "socket_proxy_shadow_judged_total 1.0\n",
                        "socket_proxy_shadow_skipped_total{cause=\"body\"} 1.0\n",
                        "socket_proxy_shadow_skipped_total{cause=\"load\"} 0.0\n");
    }

    @Test
    void profilesOfAFileHaveTheirOwnStreamsAndLearnMode() throws IOException {
        assertThat(text(factsOfFile()))
                .contains(
                        "socket_proxy_open{kind=\"exchange\",profile=\"ci\"} 4.0\n",
                        "socket_proxy_open{kind=\"stream\",profile=\"ci\"} 5.0\n",
                        "socket_proxy_open{kind=\"tunnel\",profile=\"ci\"} 6.0\n",
                        "socket_proxy_learn_mode{profile=\"ci\"} 0.0\n")
                .doesNotContain("socket_proxy_last_denial_timestamp_seconds{");
    }

    @Test
    void everyMetricIsDocumented() throws IOException {
        String page = Files.readString(Path.of("docs/metrics.md"));

        assertThat(allMetrics()
                        .lines()
                        .filter(line -> line.startsWith("# TYPE "))
                        .distinct())
                .hasSize(39)
                .allSatisfy(line -> assertThat(page).containsPattern("- `" + line.split(" ")[2] + "`[: ]"));
    }

    @Test
    void clientAddressesAreNotExposed() throws IOException {
        assertThat(text()).doesNotContain("192.0.2.77");
    }

    @Test
    void promtoolAcceptsTheMetrics() throws Exception {
        Programs.assumeInstalled("promtool");
        Process tool = new ProcessBuilder("promtool", "check", "metrics")
                .redirectErrorStream(true)
                .start();
        try (var in = tool.getOutputStream()) {
            in.write(text(factsOfFile()).getBytes(StandardCharsets.UTF_8));
        }

        assertThat(new String(tool.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEmpty();
        assertThat(tool.waitFor()).isZero();
    }

    @Test
    void proxyCountsExchangesAndAnswersProbes() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, MetricsPageTest::serve);
                SocketProxyServer proxy = start(daemon)) {
            try (RawClient client = RawClient.connect(proxy.port())) {
                client.request("GET", "/_ping").readResponse();
                client.request("GET", "/images/json").readResponse();
                client.request("GET", "/events").readHead();

                assertThat(get(proxy, "metrics").body())
                        .contains(
                                "socket_proxy_exchanges_total{decision=\"allow\",operation=\"SystemPing\",reason=\"section\",status=\"2xx\"} 1.0\n",
                                "socket_proxy_exchanges_total{decision=\"deny\",operation=\"ImageList\",reason=\"variable-missing\",status=\"4xx\"} 1.0\n",
                                "socket_proxy_bytes_total{direction=\"downstream\",section=\"PING\"} 2.0\n",
                                "socket_proxy_exchange_duration_seconds_count{section=\"PING\"} 1\n",
                                "socket_proxy_open{kind=\"exchange\"} 0.0\n",
                                "socket_proxy_open{kind=\"stream\"} 1.0\n",
                                "socket_proxy_daemon_up 1.0\n",
                                "socket_proxy_last_reload_success 1.0\n",
                                "socket_proxy_connections{listener=\"tcp://127.0.0.1:" + proxy.port() + "\"} 1.0\n",
                                "socket_proxy_rejections_total{cause=\"tls-handshake\"} 0.0\n",
                                "socket_proxy_learn_mode 0.0\n")
                        .containsPattern("socket_proxy_policy_info\\{hash=\"[0-9a-f]{12}\"} 1\n")
                        .containsPattern("socket_proxy_last_denial_timestamp_seconds 1\\.\\d+E9\n")
                        .containsPattern("socket_proxy_last_reload_timestamp_seconds 1\\.\\d+E9\n")
                        .containsPattern("\nsocket_proxy_connections_max [1-9]\\d*\\.0\n")
                        .containsPattern("\nprocess_start_time_seconds 1\\.\\d+E9\n")
                        .containsPattern("\nprocess_resident_memory_bytes \\d\\.\\d+E\\d\n")
                        .containsPattern("\nprocess_cpu_seconds_total \\d+\\.\\d+\n")
                        .containsPattern("\njvm_threads_current \\d+\\.0\n")
                        .containsPattern("\njvm_memory_pool_used_bytes\\{pool=\"[^\"]+\"} \\d")
                        .containsPattern("\njvm_gc_collection_seconds_count\\{gc=\"[^\"]+\"} \\d")
                        .doesNotContain("\"127.0.0.1");
            }
            HttpResponse<String> alive = get(proxy, "healthz");
            HttpResponse<String> ready = get(proxy, "readyz");
            assertThat(alive.statusCode() + " " + alive.body()).isEqualTo("200 alive\n");
            HttpResponse<String> started = get(proxy, "startupz");
            assertThat(ready.statusCode() + " " + ready.body()).isEqualTo("200 ready\n");
            assertThat(started.statusCode() + " " + started.body()).isEqualTo("200 started\n");
        }
    }

    @Test
    void proxyWithoutDaemonIsAliveButNotReady() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, MetricsPageTest::serve);
                SocketProxyServer proxy = start(daemon)) {
            daemon.close();

            HttpResponse<String> alive = get(proxy, "healthz");
            HttpResponse<String> ready = get(proxy, "readyz");
            assertThat(alive.statusCode() + " " + alive.body()).isEqualTo("200 alive\n");
            HttpResponse<String> started = get(proxy, "startupz");
            String why = ": the daemon does not answer: this socket does not exist. Is the daemon running, and is the"
                    + " socket mounted here?\n";
            assertThat(ready.statusCode() + " " + ready.body()).isEqualTo("503 unready" + why);
            assertThat(started.statusCode() + " " + started.body()).isEqualTo("503 starting" + why);
            assertThat(get(proxy, "metrics").body()).contains("socket_proxy_daemon_up 0.0\n");
        }
    }

    /** /startupz stays at 200: a restart of the proxy would cut streams and not help. */
    @Test
    void lostDaemonMakesOnlyReadinessFail() throws Exception {
        FakeDaemon daemon = FakeDaemon.running(folder, MetricsPageTest::serve);
        try (SocketProxyServer proxy = start(daemon)) {
            assertThat(get(proxy, "startupz").statusCode()).isEqualTo(200);
            daemon.close();

            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(300);
            while (get(proxy, "readyz").statusCode() == 200) { // the probe's result is cached for two seconds
                assertThat(System.nanoTime()).isLessThan(deadline);
                LockSupport.parkNanos(10_000_000L);
            }
            assertThat(get(proxy, "startupz").statusCode()).isEqualTo(200);
            assertThat(get(proxy, "healthz").statusCode()).isEqualTo(200);
        }
    }

    /** Answers pings; responds to other requests with an endless chunked body. */
    private static void serve(FakeDaemon.Peer peer) throws IOException {
        for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
            peer.write(
                    head.startsWith("GET /_ping ")
                            ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"
                            : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        }
    }

    private static SocketProxyServer start(FakeDaemon daemon) throws Exception {
        Variables variables = Variables.load();
        Map<String, String> environment = Map.of(
                "SOCKET_PATH", daemon.socket().toString(),
                "LISTEN", "tcp://127.0.0.1:0",
                "STATUS_LISTEN", "tcp://127.0.0.1:0",
                "LOG_LEVEL", "err");
        return SocketProxyServer.start(Settings.read(environment, variables), variables);
    }

    private static HttpResponse<String> get(SocketProxyServer proxy, String path) throws Exception {
        return CLIENT.send(
                HttpRequest.newBuilder(URI.create(proxy.statusPage() + path)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static String text() throws IOException {
        return text(facts());
    }

    private static String text(MetricsFacts facts) throws IOException {
        return text(facts, List.of());
    }

    private static String text(MetricsFacts facts, List<MetricSnapshot> more) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        MetricsText.write(facts, more, text);
        return text.toString(StandardCharsets.UTF_8);
    }
}
