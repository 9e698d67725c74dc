package org.socketproxy.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RealPodman;

/**
 * Sends unusual requests byte for byte to a real Podman and to the proxy in front of it. Podman's router parses paths
 * differently from Docker's, so a request may match an operation in only one of them.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PodmanRouterIT {
    private static final String VALUE = "swordfish";

    private RealPodman podman;
    private AttackProxies proxies;

    @BeforeAll
    void start(@TempDir Path folder) {
        podman = RealPodman.get();
        proxies = new AttackProxies(podman.socket());
        Cli.Result prepared = podman.cli(folder, Map.of())
                .script("podman --remote create --name routed --network none busybox:local true\n"
                        + "echo swordfish | podman --remote secret create routed -");
        assertThat(prepared.exitCode()).as(prepared.stderr()).isZero();
    }

    @AfterAll
    void stop(@TempDir Path folder) {
        if (podman != null) {
            proxies.close();
            podman.cli(folder, Map.of()).script("podman --remote rm routed; podman --remote secret rm routed");
        }
    }

    static Stream<List<String>> requests() {
        return Corpus.lines(PodmanRouterIT.class, "podman-router.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> List.of(line.split(" +\\| +")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("requests")
    void requestThatPodmanReadsDifferentlyIsRejected(List<String> row) throws IOException {
        String request = row.get(3).replace(" \\n ", "\r\n");
        String bytes = request.contains("\r\n") ? request : request + " HTTP/1.1\r\nHost: d";

        assertThat(statusOf(direct(bytes + "\r\nConnection: close\r\n\r\n")))
                .as("Podman itself")
                .isEqualTo(row.get(1));
        try (RawClient client = proxies.get(row.get(0)).connect()) {
            String answer = client.send(bytes + "\r\nConnection: close\r\n\r\n").readToEnd();
            assertThat(statusOf(answer)).as("the proxy: %s", answer).isEqualTo(row.get(2));
            boolean isPassed = row.get(2).equals(row.get(1));
            assertThat(answer.contains("socket-proxy: ") && isPassed).as(answer).isFalse();
        }
    }

    static Stream<String> spellings() {
        return Corpus.lines(PodmanRouterIT.class, "podman-showsecret.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("spellings")
    void showSecretIsWriteForEveryPodmanSpelling(String line) throws IOException {
        String[] cells = line.split(" ", 2);
        boolean isDenied = cells[0].endsWith("!");
        String shown = cells[0].replace("!", "");
        for (String path : List.of("/v5.4.2/libpod/secrets/routed/json", "/v1.41/secrets/routed", "/secrets/routed")) {
            String request = "GET " + path + "?" + cells[1] + " HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n";
            boolean isShown = shown.equals("both") || shown.equals(path.contains("libpod") ? "libpod" : "docker");
            assertThat(direct(request).contains(VALUE))
                    .as("Podman itself, by %s", path)
                    .isEqualTo(isShown);
            assertThat(through("SECRETS,LIBPOD_SECRETS", request)).as(path).doesNotContain(VALUE);
            assertThat(through("SECRETS,LIBPOD_SECRETS,POST", request).contains(VALUE))
                    .as(path)
                    .isEqualTo(isShown && !isDenied);
        }
    }

    static Stream<Attack> attacks() {
        return Attack.all().filter(AttackProxies::isSafeToReplay);
    }

    @ParameterizedTest
    @MethodSource("attacks")
    void attackIsDeniedInFrontOfRealDaemon(Attack attack) throws IOException {
        assertThat(proxies.statusesOf(attack)).isEqualTo(attack.statuses());
    }

    @Test
    void pingHeadersAreForwardedUnchanged() throws IOException {
        for (String target : List.of("/_ping", "/v1.41/_ping", "/libpod/_ping", "/v5.4.2/libpod/_ping")) {
            for (String method : List.of("GET", "HEAD")) {
                String request = method + " " + target + " HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n";
                String expected = direct(request);
                assertThat(expected)
                        .contains("\r\nApi-Version: ")
                        .contains("\r\nLibpod-Api-Version: ")
                        .contains("\r\nBuildkit-Version: ");
                assertThat(withoutChance(through("-", request))).isEqualTo(withoutChance(expected));
            }
        }
    }

    /** Removes headers that differ between responses, and moves the length to the end of the head. */
    private static List<String> withoutChance(String answer) {
        return answer.lines()
                .filter(line -> !line.startsWith("Date: ") && !line.startsWith("X-Reference-Id: "))
                .sorted()
                .toList();
    }

    private String through(String variables, String request) throws IOException {
        try (RawClient client = proxies.get(variables).connect()) {
            return client.send(request).readToEnd();
        }
    }

    private String direct(String request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(podman.socket()))) {
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1)));
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            ByteBuffer buffer = ByteBuffer.allocate(16 * 1024);
            while (channel.read(buffer.clear()) >= 0) {
                answer.write(buffer.array(), 0, buffer.position());
            }
            return answer.toString(StandardCharsets.ISO_8859_1);
        }
    }

    private static String statusOf(String answer) {
        return answer.substring(9, 12);
    }
}
