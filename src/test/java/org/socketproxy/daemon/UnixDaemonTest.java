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
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.testing.Footprint;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** A daemon behind a Unix socket that cannot be reached: the client is told why. */
class UnixDaemonTest {
    private static final String FULL = "takes no more connections right now: as many as its socket holds are waiting."
            + " Ask again, and if it stays so, see whether the daemon hangs";
    private static final String REFUSED = "it refused the connection, so nobody listens there. Is the daemon running?";

    @TempDir
    Path folder;

    private enum Hindrance {
        NOTHING("this socket does not exist. Is the daemon running, and is the socket mounted here?") {
            @Override
            void lay(Path path) {}
        },
        FOLDER(
                "this is a folder. docker makes one where the socket to mount is missing: take it away, start the daemon,"
                        + " and make this container anew") {
            @Override
            void lay(Path path) throws IOException {
                Files.createDirectory(path);
            }
        },
        ORDINARY_FILE(REFUSED) {
            @Override
            void lay(Path path) throws IOException {
                Files.createFile(path);
            }
        },
        LEFT_BY_A_DAEMON(REFUSED) {
            @Override
            void lay(Path path) throws IOException {
                listener(path).close();
            }
        };

        private final String sentence;

        Hindrance(String sentence) {
            this.sentence = sentence;
        }

        abstract void lay(Path path) throws IOException;
    }

    @ParameterizedTest
    @EnumSource
    void whatLiesAtThePathIsSaid(Hindrance hindrance) throws Exception {
        Path path = folder.resolve("docker.sock");
        hindrance.lay(path);
        try (ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(path)) {
            assertThat(ask(proxy))
                    .isEqualTo("502 no answer from the daemon at unix://" + path + ": " + hindrance.sentence);
        }
        assertThat(DaemonProbe.of(Daemon.at(path)).answer().problem()).isEqualTo(hindrance.sentence);
    }

    /** Also where the file's own rights would do, as with SELinux. */
    @Test
    void aRefusalByTheSystemIsAMatterOfRights() throws Exception {
        Path path = folder.resolve("docker.sock");
        Hindrance.LEFT_BY_A_DAEMON.lay(path);

        assertThat(Daemon.at(path).explain(new SocketException("Permission denied")))
                .isEqualTo(new ErrorReply(
                        502,
                        "no answer from the daemon at unix://" + path
                                + ": this socket may not be opened. Run the proxy with the group that owns it"
                                + " (group_add in compose)"));
    }

    @Test
    void aFullBacklogIsA503UntilThereIsRoomAgain() throws Exception {
        Path path = folder.resolve("docker.sock");
        List<SocketChannel> waiting = new ArrayList<>();
        try (ServerSocketChannel daemon = listener(path);
                ProxyUnderTest proxy = ProxyUnderTest.allowingEverything(path)) {
            fill(path, waiting);
            for (int i = 0; i < 20; i++) {
                assertThat(ask(proxy)).isEqualTo("503 the daemon at unix://" + path + " " + FULL);
            }
            assertThat(Footprint.await(() -> proxy.openExchanges() == 0)).isTrue();
            assertThat(DaemonProbe.of(Daemon.at(path)).answer().problem()).isEqualTo("it " + FULL);

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
