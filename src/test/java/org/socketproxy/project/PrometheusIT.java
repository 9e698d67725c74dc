package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.Programs;
import org.socketproxy.testing.ProxyProcess;
import org.socketproxy.testing.RealDocker;

/**
 * A real Prometheus with the files of {@code conf/prometheus}, behind the proxy of the recipe: it discovers containers of a
 * real dockerd, and scrapes them and the proxy. Only addresses, the token's path and the interval are replaced.
 */
class PrometheusIT {
    private static final Path CONF = Path.of("conf/prometheus");
    private static final Path RECIPE = Path.of("docs/recipes/prometheus.md");
    private static final String NETWORK = "prometheus-it-monitoring";
    private static final String OTHER_NETWORK = "prometheus-it-other";
    private static final String SCRAPED = "scraped-prometheus-it";
    private static final String UNLABELLED = "unlabelled-prometheus-it";
    private static final String TOKEN = "0123456789abcdef0123456789abcdef";
    private static final Pattern LISTENING = Pattern.compile("Listening on.* address=127\\.0\\.0\\.1:(\\d+)");
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path folder;

    private static RealDocker docker;
    private static ProxyProcess proxy;
    private static Cli.Running prometheus;
    private static String api;

    @BeforeAll
    static void start() throws IOException {
        Programs.assumeInstalled("prometheus");
        docker = RealDocker.get();
        startContainers();

        Map<String, String> environment = new HashMap<>();
        for (String block : DocumentedSettings.blocks(RECIPE, "yaml")) {
            environment.putAll(DocumentedSettings.environment(DocumentedSettings.yaml(block)));
        }
        environment.put(
                "STATUS_TOKEN_FILE",
                Files.writeString(folder.resolve("status_token"), TOKEN).toString());
        proxy = ProxyProcess.start(docker.socket(), environment);

        copyConfiguration();
        prometheus = Cli.in(folder, Map.of())
                .start(
                        "prometheus",
                        "--config.file=prometheus.yaml",
                        "--storage.tsdb.path=data",
                        "--web.listen-address=127.0.0.1:0");
        prometheus.awaitUntil(
                "Prometheus listens",
                LIMIT,
                () -> LISTENING.matcher(prometheus.stderr()).find());
        String port = LISTENING
                .matcher(prometheus.stderr())
                .results()
                .map((MatchResult found) -> found.group(1))
                .findFirst()
                .orElseThrow();
        String server = "http://127.0.0.1:" + port;
        api = server + "/api/v1/";
        prometheus.awaitUntil(
                "Prometheus is ready", LIMIT, () -> answer(server + "/-/ready").statusCode() == 200);
    }

    /** A container with the label in two networks, of which one is scraped, and a container without the label. */
    private static void startContainers() {
        String server =
                " busybox:local sh -c 'echo demo_value 7 > /tmp/metrics; exec busybox httpd -f -p 9100 -h /tmp'";
        Cli.Result made = docker.cli(folder, Map.of())
                .script("docker network create " + NETWORK + "; docker network create " + OTHER_NETWORK
                        + "; docker run -d --privileged --expose 9100 --label prometheus.scrape=true --network "
                        + NETWORK
                        + " --name " + SCRAPED + server + "; docker network connect " + OTHER_NETWORK + " " + SCRAPED
                        + "; docker run -d --privileged --expose 9100 --network " + NETWORK + " --name " + UNLABELLED
                        + server);
        assertThat(made.exitCode()).as(made.stderr()).isZero();
    }

    private static void copyConfiguration() throws IOException {
        String main = Files.readString(CONF.resolve("prometheus.yaml"));
        String status = URI.create(proxy.statusPage()).getAuthority();
        Files.writeString(
                folder.resolve("prometheus.yaml"),
                replace(
                        main,
                        Map.of(
                                "# scrape_config_files:", "scrape_config_files:",
                                "socket-proxy:8375", status,
                                "/run/secrets/status_token", "status_token",
                                "scrape_interval: 15s", "scrape_interval: 1s")));
        Files.writeString(
                folder.resolve("containers.yaml"),
                replace(
                        Files.readString(CONF.resolve("containers.yaml")),
                        Map.of("tcp://socket-proxy:2375", proxy.host())));
        Files.copy(CONF.resolve("socket-proxy.rules.yaml"), folder.resolve("socket-proxy.rules.yaml"));
    }

    private static String replace(String text, Map<String, String> replacements) {
        String result = text;
        for (Map.Entry<String, String> each : replacements.entrySet()) {
            assertThat(result).contains(each.getKey());
            result = result.replace(each.getKey(), each.getValue());
        }
        return result;
    }

    @AfterAll
    static void stop() {
        if (prometheus != null) {
            prometheus.close();
        }
        if (proxy != null) {
            proxy.close();
        }
        if (docker != null) {
            docker.cli(folder, Map.of())
                    .script("docker rm -f " + SCRAPED + " " + UNLABELLED + "; docker network rm " + NETWORK + " "
                            + OTHER_NETWORK);
        }
    }

    private static JsonNode get(String target) {
        try {
            return JSON.readTree(answer(api + target).body()).at("/data");
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static HttpResponse<String> answer(String address) {
        try {
            return HTTP.send(HttpRequest.newBuilder(URI.create(address)).build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    private static JsonNode query(String expression) {
        return get("query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8))
                .at("/result");
    }

    /** Waits until a query has a result, and returns its first sample. */
    private static JsonNode await(String expression) {
        prometheus.awaitUntil(expression, LIMIT, () -> !query(expression).isEmpty());
        return query(expression).get(0);
    }

    @Test
    void proxyIsScrapedWithItsToken() {
        JsonNode up = await("up{job=\"socket-proxy\"} == 1");

        assertThat("http://" + up.at("/metric/instance").asText() + "/")
                .isEqualTo(proxy.statusPage().replaceFirst("\\?.*", ""));
        assertThat(await("socket_proxy_daemon_up == 1")).isNotNull();
    }

    @Test
    void labelledContainerIsDiscoveredAndScraped() {
        JsonNode sample = await("demo_value{job=\"containers\"} == 7");

        assertThat(sample.at("/metric/container").asText()).isEqualTo(SCRAPED);
        assertThat(await("up{job=\"containers\"} == 1").at("/metric/container").asText())
                .isEqualTo(SCRAPED);
    }

    /** The container without the label is no target; the address in the other network is dropped by the relabelling. */
    @Test
    void otherContainersAndNetworksAreNoTargets() {
        await("up{job=\"containers\"} == 1");
        JsonNode targets = get("targets");

        assertThat(values(targets.at("/activeTargets"), "/labels/job"))
                .containsExactlyInAnyOrder("socket-proxy", "containers");
        assertThat(targets.toString()).contains(SCRAPED).doesNotContain(UNLABELLED);
    }

    @Test
    void discoveryNeedsNothingThatTheRecipeDenies() {
        assertThat(
                        await(
                                "socket_proxy_exchanges_total{operation=\"NetworkList\",decision=\"allow\",status=\"2xx\"} > 0"))
                .isNotNull();
        assertThat(
                        await(
                                "socket_proxy_exchanges_total{operation=\"ContainerList\",decision=\"allow\",status=\"2xx\"} > 0"))
                .isNotNull();
        assertThat(query("socket_proxy_exchanges_total{decision=\"deny\"}")).isEmpty();
        assertThat(proxy.stdout()).doesNotContain(" deny ");
    }

    @Test
    void alertsAreEvaluatedAndNoneFires() {
        await("socket_proxy_daemon_up == 1");
        JsonNode groups = get("rules").at("/groups");

        assertThat(values(groups.at("/0/rules"), "/type")).hasSizeGreaterThan(5).containsOnly("alerting");
        assertThat(values(groups.at("/0/rules"), "/state")).doesNotContain("firing");
    }

    private static Stream<String> values(JsonNode array, String pointer) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(each -> each.at(pointer).asText());
    }
}
