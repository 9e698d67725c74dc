package org.socketproxy.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Tests a daemon on TCP where it differs from a daemon on a Unix socket. */
class TcpDaemonTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    private static final String REFUSED =
            "it refused the connection: no process listens there. Is the daemon running, and"
                    + " does it listen on TCP?";

    @Test
    void onlyTheHostHeaderIsReplaced() throws Exception {
        try (FakeDaemon daemon = answering();
                ProxyUnderTest proxy = ProxyUnderTest.before(daemon.host(), Map.of());
                RawClient client = proxy.connect()) {
            client.send("GET /v1.45/info?a={b} HTTP/1.1\r\nhost: proxy.lan:2375\r\nX-Mine: 1\r\n\r\n");

            assertThat(client.readResponse()).endsWith("\r\n\r\nOK");
            assertThat(daemon.takeHead())
                    .isEqualTo("GET /v1.45/info?a={b} HTTP/1.1\r\nHost: "
                            + daemon.host().replace("tcp://", "") + "\r\nX-Mine: 1\r\n\r\n");
        }
    }

    @Test
    void connectionsAreReused() throws Exception {
        try (FakeDaemon daemon = answering();
                ProxyUnderTest proxy = ProxyUnderTest.before(daemon.host(), Map.of())) {
            for (int i = 0; i < 100; i++) {
                assertThat(proxy.ask("GET", "/info")).endsWith("\r\n\r\nOK");
            }
            // The next request can arrive before the connection of the previous one is back in the pool.
            assertThat(daemon.accepted()).isLessThan(20);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Connection: Upgrade\r\nUpgrade: tcp\r\n", ""})
    void tunnelForwardsHalfClose(String upgradeHeaders) throws Exception {
        try (FakeDaemon daemon = FakeDaemon.onTcp(peer -> {
                    peer.readRequest();
                    peer.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nhello ");
                    peer.write("[" + peer.readToEnd() + "]");
                });
                ProxyUnderTest proxy = ProxyUnderTest.before(daemon.host(), Map.of());
                RawClient client = proxy.connect()) {
            client.send(
                    "POST /exec/a/start HTTP/1.1\r\nHost: d\r\nContent-Length: 2\r\n" + upgradeHeaders + "\r\n{}in");

            assertThat(client.readHead()).startsWith(upgradeHeaders.isEmpty() ? "HTTP/1.1 200 " : "HTTP/1.1 101 ");
            assertThat(client.read(6)).isEqualTo("hello ");
            client.send("put").shutdownOutput();
            assertThat(client.readToEnd()).isEqualTo("[input]");
        }
    }

    @Test
    void connectFailuresAreExplained() throws Exception {
        String free;
        try (ServerSocket unused = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = "tcp://127.0.0.1:" + unused.getLocalPort();
        }
        String tooLong =
                "tcp://" + "x".repeat(64) + ":2375"; // longer than a DNS label can be, so no DNS server is asked

        assertThat(answer(free)).isEqualTo("502 no answer from the daemon at " + free + ": " + REFUSED);
        assertThat(answer(tooLong))
                .isEqualTo("502 no answer from the daemon at " + tooLong
                        + ": the host name cannot be resolved. Is it right, and is the proxy in the same network?");
        Daemon daemon = new TcpDaemon("192.0.2.1", 2375, null);
        for (Exception failure : List.of(
                new NoRouteToHostException("No route to host"), new SocketException("Network is unreachable"))) {
            assertThat(daemon.explain(failure))
                    .isEqualTo(new ErrorReply(
                            502,
                            "no answer from the daemon at tcp://192.0.2.1:2375: network unreachable. Is the address right,"
                                    + " and is the proxy in a network that reaches it?"));
        }
        assertThat(daemon.explain(new ConnectException("Connection timed out")).status())
                .isEqualTo(504);
    }

    /** Linux drops the SYN of a client when the accept queue of the listener is full. */
    @Execution(ExecutionMode.CONCURRENT)
    @Test
    void connectTimeoutIsA504() throws Exception {
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<SocketChannel> waiting = new ArrayList<>();
            try {
                fill(full, waiting);
                String host = "tcp://127.0.0.1:" + full.getLocalPort();

                assertThat(answer(host))
                        .isEqualTo("504 the daemon at " + host
                                + " did not answer in time. Is the address right, and does a firewall let it through?");
                assertThat(DaemonProbe.of(new TcpDaemon("127.0.0.1", full.getLocalPort(), null))
                                .answer()
                                .problem())
                        .startsWith("it did not answer in time");
            } finally {
                for (SocketChannel channel : waiting) {
                    channel.close();
                }
            }
        }
    }

    private static void fill(ServerSocket listener, List<SocketChannel> waiting) throws IOException {
        for (int i = 0; i < 8; i++) {
            SocketChannel channel = SocketChannel.open();
            waiting.add(channel);
            channel.configureBlocking(false);
            channel.connect(new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort()));
        }
    }

    @Test
    void probeReadsNameAndApiVersion() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.onTcp(peer -> {
            peer.readHead();
            peer.write("HTTP/1.1 200 OK\r\nServer: Docker/28.5.2 (linux)\r\nApi-Version: 1.51\r\n\r\nOK");
        })) {
            int port = Integer.parseInt(daemon.host().substring("tcp://127.0.0.1:".length()));

            assertThat(DaemonProbe.of(new TcpDaemon("127.0.0.1", port, null)).answer())
                    .isEqualTo(new DaemonProbe.Result("Docker 28.5.2", "1.51", ""));
        }
    }

    private static String answer(String host) throws IOException {
        try (ProxyUnderTest proxy = ProxyUnderTest.before(host, Map.of());
                RawClient client = proxy.connect()) {
            return client.request("GET", "/info").readAnswer("GET").toString();
        }
    }

    private static FakeDaemon answering() throws IOException {
        return FakeDaemon.onTcp(peer -> {
            while (peer.readRequest() != null) {
                peer.write(OK);
            }
        });
    }
}
