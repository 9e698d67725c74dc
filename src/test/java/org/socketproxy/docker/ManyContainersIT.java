package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.RealPodman;
import org.socketproxy.testing.RestartableDocker;

/**
 * A dockerd with 2,000 containers, and a Podman with fewer, of four profiles, with labels as long and as many as {@code CREATE=safe} allows, and networks of
 * the same kind. Each client goes on with its work.
 */
@Tag("thorough")
class ManyContainersIT {
    private static final int MANY = Integer.getInteger("containers", 2000);
    private static final List<String> PROFILES = List.of("one", "two", "three", "four");
    private static final Pattern ID = Pattern.compile("\"Id\":\"([0-9a-f]{64})\"");
    private static final int MANY_OF_PODMAN = 70;
    private static final int THREADS = 4;

    @TempDir
    Path folder;

    private static String body(String labels) {
        return "{\"Image\":\"" + RealDocker.IMAGE + "\",\"Cmd\":[\"sleep\",\"600\"],\"Labels\":{" + labels
                + "},\"HostConfig\":{\"NetworkMode\":\"none\"}}";
    }

    private static String labels(int number) {
        String few = IntStream.range(0, 20)
                .mapToObj(i -> "\"com.example.label" + i + "\":\"value of a label\"")
                .collect(Collectors.joining(","));
        return switch (number) {
            case 0, 1, 2, 3 ->
                IntStream.range(0, 1023).mapToObj(i -> "\"l" + i + "\":\"\"").collect(Collectors.joining(","));
            case 4, 5, 6, 7 -> "\"a\":\"" + "\\u0001".repeat(21_000) + "\"";
            case 8, 9, 10, 11 -> "\"a\":\"" + "x".repeat(130_000) + "\"";
            default -> few;
        };
    }

    private static RawResponse send(Path socket, String method, String target, String body) throws IOException {
        try (RawClient client = RawClient.connect(socket)) {
            client.send(
                    method + " " + target + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: "
                            + body.length() + "\r\n\r\n" + body);
            return client.readAnswer(method);
        }
    }

    private void fill(Path daemon) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<Future<Integer>> created = IntStream.range(0, MANY)
                .mapToObj(i -> threads.submit(() -> send(daemon, "POST", "/containers/create", body(labels(i % 400)))
                        .status()))
                .toList();
        for (Future<Integer> each : created) {
            assertThat(each.get()).isEqualTo(201);
        }
        threads.shutdown();
        for (int i = 0; i < 48; i++) {
            String network = "{\"Name\":\"config-" + i + "\",\"ConfigOnly\":true,\"Labels\":{" + labels(0) + "}}";
            assertThat(send(daemon, "POST", "/networks/create", network).status())
                    .isEqualTo(201);
        }
    }

    private Path socket(String profile) {
        return folder.resolve(profile + ".sock");
    }

    private ProxyUnderTest proxy(Path daemon) throws IOException {
        Path policy = folder.resolve("policy.yaml");
        Files.writeString(
                policy,
                "profiles:\n  admin: {clients: [{network: 172.30.2.0/24}]}\n"
                        + PROFILES.stream()
                                .map(name -> "  " + name + ": {clients: [{listener: " + name
                                        + "}], variables: {POST: 1, CONTAINERS: 1, EXEC: 1, NETWORKS: 1, VOLUMES: 1, LIBPOD_CONTAINERS: 1, LIBPOD_EXEC: 1},"
                                        + " create: {rules: safe}}\n")
                                .collect(Collectors.joining()));
        return ProxyUnderTest.with(
                daemon,
                Map.of(
                        "POLICY",
                        policy.toString(),
                        "LISTEN",
                        "tcp://127.0.0.1:0,"
                                + PROFILES.stream()
                                        .map(name -> "unix://" + socket(name) + "?name=" + name)
                                        .collect(Collectors.joining(","))));
    }

    @Test
    void everyClientCreatesStartsStopsAndRemoves() throws Exception {
        try (RestartableDocker docker = RestartableDocker.start()) {
            RealDocker.makeImage(Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + docker.socket())));
            fill(docker.socket());
            try (ProxyUnderTest proxy = proxy(docker.socket())) {
                assertThat(proxy.port()).isPositive();
                for (String profile : PROFILES) {
                    work(profile);
                }
                long begin = System.nanoTime();
                for (String profile : PROFILES) {
                    work(profile);
                }
                System.out.printf(
                        "ManyContainersIT: with %d containers, create to remove takes %d ms%n",
                        MANY, (System.nanoTime() - begin) / 1_000_000 / PROFILES.size());
            }
        }
    }

    /** Lists of more than 8 MiB, which the proxy reads before each create. */
    @Test
    void everyClientWorksOnBothApisOfPodman() throws Exception {
        RealPodman podman = RealPodman.get();
        List<String> large = new ArrayList<>();
        try (ProxyUnderTest proxy = proxy(podman.socket())) {
            assertThat(proxy.port()).isPositive();
            for (int i = 0; i < MANY_OF_PODMAN; i++) {
                RawResponse made = send(podman.socket(), "POST", "/containers/create", body(labels(8)));
                assertThat(made.status()).as(made.body()).isEqualTo(201);
                large.add(id(made));
            }
            assertThat(send(podman.socket(), "GET", "/containers/json?all=1", "")
                            .body())
                    .hasSizeGreaterThan(8 << 20);
            long begin = System.nanoTime();
            for (String profile : PROFILES) {
                workOnPodman(profile, "", body(labels(100)));
                workOnPodman(
                        profile,
                        "/v5.0.0/libpod",
                        "{\"image\":\"" + RealDocker.IMAGE
                                + "\",\"command\":[\"sleep\",\"600\"],\"netns\":{\"nsmode\":\"none\"}}");
            }
            System.out.printf(
                    "ManyContainersIT: with a list of Podman above 8 MiB, create to remove takes %d ms%n",
                    (System.nanoTime() - begin) / 1_000_000 / PROFILES.size() / 2);
        } finally {
            for (String each : large) {
                send(podman.socket(), "DELETE", "/containers/" + each + "?force=1", "");
            }
        }
    }

    private void workOnPodman(String profile, String api, String body) throws IOException {
        RawResponse created = send(socket(profile), "POST", api + "/containers/create", body);
        assertThat(created.status()).as(created.body()).isEqualTo(201);
        String container = api + "/containers/" + id(created);
        assertThat(List.of(
                        send(socket(profile), "POST", container + "/start", "").status(),
                        send(socket(profile), "POST", container + "/exec", "{\"Cmd\":[\"true\"]}")
                                .status(),
                        send(socket(profile), "POST", container + "/kill", "").status()))
                .containsExactly(204, 201, 204);
        assertThat(send(socket(profile), "DELETE", container + "?force=1", "").status())
                .isIn(200, 204);
    }

    private static String id(RawResponse created) {
        Matcher id = ID.matcher(created.body());
        assertThat(id.find()).as(created.body()).isTrue();
        return id.group(1);
    }

    private void work(String profile) throws IOException {
        RawResponse created = send(socket(profile), "POST", "/containers/create", body(labels(100)));
        assertThat(created.status()).as(created.body()).isEqualTo(201);
        String container = "/containers/" + id(created);
        assertThat(List.of(
                        send(socket(profile), "POST", container + "/start", "").status(),
                        send(socket(profile), "POST", container + "/exec", "{\"Cmd\":[\"true\"]}")
                                .status(),
                        send(socket(profile), "POST", container + "/kill", "").status(),
                        send(socket(profile), "DELETE", container + "?force=1", "")
                                .status(),
                        send(socket(profile), "POST", "/volumes/create", "{\"Name\":\"v-" + profile + "\"}")
                                .status(),
                        send(socket(profile), "DELETE", "/volumes/v-" + profile, "")
                                .status()))
                .containsExactly(204, 201, 204, 204, 201, 204);
    }
}
