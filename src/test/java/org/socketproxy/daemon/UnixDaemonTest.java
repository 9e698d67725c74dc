package org.socketproxy.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.socketproxy.daemon.Daemon.FullBacklogException;
import org.socketproxy.daemon.UnixDaemon.UnixTransport;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Tests the messages for a daemon on a Unix socket that cannot be reached. */
class UnixDaemonTest {
    private static final String FULL = "accepts no more connections at the moment: the backlog of its socket is full."
            + " Try again, and if this persists, check whether the daemon hangs";
    private static final String REFUSED = "it refused the connection: no process listens there. Is the daemon running?";

    @TempDir
    Path folder;

    private enum Obstacle {
        NOTHING("this socket does not exist. Is the daemon running, and is the socket mounted here?") {
            @Override
            void create(Path path) {}
        },
        DIRECTORY(
                "this is a directory. Docker creates one if the socket to mount does not exist: remove it, start the daemon,"
                        + " and recreate this container") {
            @Override
            void create(Path path) throws IOException {
                Files.createDirectory(path);
            }
        },
        ORDINARY_FILE(REFUSED) {
            @Override
            void create(Path path) throws IOException {
                Files.createFile(path);
            }
        },
        STALE_SOCKET(REFUSED) {
            @Override
            void create(Path path) throws IOException {
                listener(path).close();
            }
        };

        private final String message;

        Obstacle(String message) {
            this.message = message;
        }

        abstract void create(Path path) throws IOException;
    }

    @ParameterizedTest
    @EnumSource
    void fileAtThePathIsExplained(Obstacle obstacle) throws Exception {
        Path path = folder.resolve("docker.sock");
        obstacle.create(path);
        try (ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(path)) {
            assertThat(ask(proxy))
                    .isEqualTo("502 no answer from the daemon at unix://" + path + ": " + obstacle.message);
        }
        assertThat(DaemonProbe.of(new UnixDaemon(path)).answer().problem()).isEqualTo(obstacle.message);
    }

    /** The file permissions can allow access while SELinux denies it. */
    @Test
    void permissionDeniedIsExplained() throws Exception {
        Path path = folder.resolve("docker.sock");
        Obstacle.STALE_SOCKET.create(path);

        assertThat(new UnixDaemon(path).explain(new SocketException("Permission denied")))
                .isEqualTo(new ErrorReply(
                        502,
                        "no answer from the daemon at unix://" + path
                                + ": permission denied on this socket. Run the proxy with the group that owns it"
                                + " (group_add in compose)"));
    }

    @Test
    void fullBacklogIsA503UntilTheDaemonAccepts() throws Exception {
        Path path = folder.resolve("docker.sock");
        List<SocketChannel> waiting = new ArrayList<>();
        try (ServerSocketChannel daemon = listener(path);
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(path)) {
            fill(path, waiting);
            for (int i = 0; i < 20; i++) {
                assertThat(ask(proxy)).isEqualTo("503 the daemon at unix://" + path + " " + FULL);
            }
            assertThat(ProcessResources.await(() -> proxy.openExchanges() == 0)).isTrue();
            assertThat(DaemonProbe.of(new UnixDaemon(path)).answer().problem()).isEqualTo("it " + FULL);

            for (int i = 0; i < waiting.size(); i++) {
                daemon.accept().close();
            }
            try (RawClient client = proxy.connect()) {
                client.request("GET", "/info");
                try (SocketChannel connection = daemon.accept()) {
                    connection.write(ByteBuffer.wrap(
                            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK".getBytes(StandardCharsets.US_ASCII)));
                    assertThat(client.readAnswer("GET").toString()).isEqualTo("200 OK");
                }
            }
        } finally {
            for (SocketChannel channel : waiting) {
                channel.close();
            }
        }
    }

    private static ServerSocketChannel listener(Path path) throws IOException {
        return ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(path), 1);
    }

    private static void fill(Path path, List<SocketChannel> waiting) throws IOException {
        try {
            while (true) {
                waiting.add(UnixTransport.connected(UnixDomainSocketAddress.of(path)));
            }
        } catch (FullBacklogException full) {
            assertThat(waiting).isNotEmpty();
        }
    }

    private static String ask(ProxyUnderTest proxy) throws IOException {
        try (RawClient client = proxy.connect()) {
            return client.request("GET", "/info").readAnswer("GET").toString();
        }
    }
}
