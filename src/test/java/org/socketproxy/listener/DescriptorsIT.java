package org.socketproxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.Programs;
import org.socketproxy.testing.ProxyProcess;
import org.socketproxy.testing.RawClient;

/** A process with few file descriptors, or without a free one. */
class DescriptorsIT {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    private static final int CLIENTS = 600;

    @TempDir
    Path folder;

    @Test
    void connectionsAreRefusedBeforeTheDescriptorsEnd() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyProcess proxy =
                        ProxyProcess.startBy("ulimit -n 300; exec \"$@\"", null, daemon.socket(), Map.of())) {
            assertThat(proxy.stderr())
                    .containsPattern(
                            "MAX_CONNECTIONS=4000 is too high: this process may have 300 open files, which suffice"
                                    + " for \\d\\d connections, \\d\\d of a client");
            List<RawClient> idle = new ArrayList<>();
            try {
                for (int i = 0; i < CLIENTS; i++) {
                    idle.add(RawClient.connect(proxy.port()));
                }
                assertThat(idle.get(0).request("GET", "/_ping").readResponse()).startsWith("HTTP/1.1 200 ");
                assertThat(metric(proxy, "process_max_fds")).isEqualTo(300);
                assertThat(metric(proxy, "process_open_fds")).isBetween(50.0, 299.0);
                assertThat(ProcessResources.await(
                                () -> metric(proxy, "socket_proxy_connections_refused_total") > CLIENTS - 100))
                        .isTrue();
            } finally {
                close(idle);
            }
            assertThat(ProcessResources.await(() -> ping(proxy).startsWith("HTTP/1.1 200 ")))
                    .isTrue();
            assertThat(proxy.stderr()).doesNotContain("Too many open files");
        }
    }

    @Test
    void idleConnectionsOfAClientLeaveDescriptorsForOthers() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyProcess proxy =
                        ProxyProcess.startBy("ulimit -n 1024; exec \"$@\"", null, daemon.socket(), Map.of())) {
            List<RawClient> idle = new ArrayList<>();
            try {
                for (int hundred = 0; hundred < 12; hundred++) {
                    for (int i = 0; i < 100; i++) {
                        idle.add(RawClient.connect(proxy.port()));
                    }
                    assertThat(pingFrom("127.0.0.2", proxy)).startsWith("HTTP/1.1 200 ");
                }
                long begin = System.nanoTime();
                assertThat(pingFrom("127.0.0.2", proxy)).startsWith("HTTP/1.1 200 ");
                assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
                String refusal = "of this client already; close some, or raise the limit of open files of the proxy";
                assertThat(ProcessResources.await(() -> ping(proxy).contains(refusal)))
                        .isTrue();
            } finally {
                close(idle);
            }
            assertThat(proxy.stderr()).doesNotContain("Too many open files");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "unix"})
    void aListenerWithoutADescriptorPausesAndSaysSoOnce(String kind) throws Exception {
        Programs.assumeInstalled("prlimit");
        Path socket = folder.resolve("proxy.sock");
        try (FakeDaemon daemon = FakeDaemon.answering(folder, OK);
                ProxyProcess proxy = ProxyProcess.startBy(
                        "exec \"$@\"", null, daemon.socket(), Map.of("LISTEN", "tcp://127.0.0.1:0,unix://" + socket))) {
            List<RawClient> waiting = new ArrayList<>();
            try (RawClient first = RawClient.connect(proxy.port())) {
                assertThat(first.request("GET", "/info").readResponse()).startsWith("HTTP/1.1 403 ");
                proxy.limitOpenFiles(3);
                assertThat(first.request("GET", "/_ping").readResponse())
                        .startsWith("HTTP/1.1 503 ")
                        .contains("this process has no free file descriptor");
                for (int i = 0; i < 20; i++) {
                    RawClient client = kind.equals("tcp") ? RawClient.connect(proxy.port()) : RawClient.connect(socket);
                    waiting.add(client.request("GET", "/_ping"));
                }
                assertThat(ProcessResources.await(() -> proxy.stderr().contains("Too many open files")))
                        .isTrue();
                Thread.sleep(2000); // time to fail often
                proxy.limitOpenFiles(5000);
                waiting.get(0).readResponse(); // accept had a descriptor for it already
                for (RawClient client : waiting.subList(1, waiting.size())) {
                    assertThat(client.readResponse()).startsWith("HTTP/1.1 200 ");
                }
            } finally {
                close(waiting);
            }
            assertThat(proxy.stderr().lines())
                    .filteredOn(line -> !line.contains("The daemon at "))
                    .singleElement()
                    .asString()
                    .contains(kind + "://", " accepts no connections for now: Too many open files (all open, at most ");
        }
    }

    private static void close(List<RawClient> clients) throws IOException {
        for (RawClient client : clients) {
            client.close();
        }
    }

    private static String ping(ProxyProcess proxy) {
        try (RawClient client = RawClient.connect(proxy.port())) {
            return client.request("GET", "/_ping").readResponse();
        } catch (IOException refused) {
            return "";
        }
    }

    /** Another address of the loopback network is another client. */
    private static String pingFrom(String address, ProxyProcess proxy) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", proxy.port(), InetAddress.getByName(address), 0)) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream()
                    .write("GET /_ping HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    private static double metric(ProxyProcess proxy, String name) {
        return ProxyProcess.metric(proxy.statusPage(), name);
    }
}
