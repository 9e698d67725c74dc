package org.socketproxy.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** Tests that a client disconnect, by RST or FIN, in each state of an exchange or a tunnel leaks no resource. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClientFaultTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    private static final String STREAM_HEAD = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String UPGRADED = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
    private static final int BLOCK = 1 << 16;

    private FakeDaemon daemon;
    private ProxyUnderTest proxy;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        daemon = FakeDaemon.running(folder, ClientFaultTest::serve);
        proxy = ProxyUnderTest.allowingEverything(daemon.socket());
    }

    @AfterAll
    void stop() throws IOException {
        proxy.close();
        daemon.close();
    }

    /** The request target selects the behaviour of the daemon. Returns when the connection is closed. */
    private static void serve(FakeDaemon.Peer peer) throws IOException {
        for (String head = peer.readHead(); head != null; head = peer.readHead()) {
            switch (head.split(" ")[1]) {
                case "/_ping" -> peer.write(OK);
                case "/events" -> peer.write(STREAM_HEAD);
                case "/images/get" -> {
                    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
                    writeForEver(peer);
                }
                case "/exec/silent/start" -> {
                    peer.write(UPGRADED);
                    peer.readToEnd();
                    return;
                }
                case "/exec/deaf/start" -> {
                    peer.write(UPGRADED);
                    peer.shutdownOutput();
                    peer.readToEnd();
                    return;
                }
                case "/exec/talker/start" -> {
                    peer.write(UPGRADED);
                    writeForEver(peer);
                }
                case "/exec/echo/start" -> {
                    peer.write(UPGRADED);
                    peer.input().transferTo(peer.output());
                    return;
                }
                default -> {} // no answer
            }
        }
    }

    private static void writeForEver(FakeDaemon.Peer peer) throws IOException {
        while (true) {
            peer.output().write(new byte[BLOCK]);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "before a byte                      | -                                                      | false",
                "in the request line                | GET /_pi                                               | false",
                "in the headers                     | GET /_ping HTTP/1.1~Host:                              | false",
                "in the body of a denied request    | PUT /debug/x HTTP/1.1~Host: d~Content-Length: 9~~ab    | false",
                "idle behind an answer              | GET /_ping HTTP/1.1~Host: d~~?                         | false",
                "before the answer                  | GET /info HTTP/1.1~Host: d~~!                          | true",
                "before the answer to an upload     | POST /auth HTTP/1.1~Host: d~Content-Length: 2~~{}!     | true",
                "in an upload                       | POST /plugins/create HTTP/1.1~Host: d~Content-Length: 9~~ab!    | true",
                "in a chunked upload                | POST /plugins/create HTTP/1.1~Host: d~Transfer-Encoding: chunked~~5~ab! | true",
                "in a stream on which nothing flows | GET /events HTTP/1.1~Host: d~~!?                       | true",
                "in a download that it does not read | GET /images/get HTTP/1.1~Host: d~~!?                  | true",
            })
    void disconnectInAnExchange(String state, String bytes, boolean isDaemonAsked) throws Exception {
        for (boolean isReset : new boolean[] {true, false}) {
            int before = atRest();
            RawClient client = proxy.connect();
            if (!bytes.equals("-")) {
                client.send(bytes.replace("~", "\r\n").replaceAll("[!?]", ""));
            }
            if (bytes.contains("!")) {
                daemon.takeHead();
            }
            boolean isAnswered = bytes.contains("?");
            assertThat(isAnswered ? client.readHead() : "").startsWith(isAnswered ? "HTTP/1.1 200 " : "");
            leave(client, isReset);
            if (isDaemonAsked) {
                daemon.awaitEnding();
            }
            assertNothingIsLeft(before);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nothing flows                                | silent | 0       | none",
                "bytes flow to a daemon that echoes them      | echo   | 4000000 | none",
                "bytes flow to a client that does not read    | talker | 0       | none",
                "bytes flow both ways and neither reads       | talker | 300000  | none",
                "its input has ended and the daemon writes on | talker | 0       | client",
                "the daemon's output has ended                | deaf   | 0       | daemon",
            })
    void disconnectInATunnel(String state, String daemonDoes, int bytes, String halfClosed) throws Exception {
        for (boolean isReset : new boolean[] {true, false}) {
            int before = atRest();
            RawClient client = proxy.connect();
            client.send(
                    "POST /exec/" + daemonDoes + "/start HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                            + "Content-Length: 0\r\n\r\n");
            daemon.takeHead();
            assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
            Thread writer = new Thread(() -> {
                try {
                    client.output().write(new byte[bytes]);
                } catch (IOException closed) {
                    // The client disconnected during the write.
                }
            });
            writer.start();
            switch (halfClosed) {
                case "client" -> client.shutdownOutput();
                case "daemon" -> assertThat(client.read(1)).isEmpty();
                default -> {}
            }
            leave(client, isReset);
            writer.join();
            daemon.awaitEnding();
            assertNothingIsLeft(before);
        }
    }

    /** The early bytes are kept for the next exchange, and detection continues after them. */
    @Test
    void disconnectAfterAPipelinedRequest() throws Exception {
        int before = atRest();
        RawClient client = proxy.connect();
        client.request("GET", "/events").readHead();
        daemon.takeHead();
        client.request("GET", "/_ping");
        client.reset();
        daemon.awaitEnding();
        assertNothingIsLeft(before);
    }

    /** Leaves one connection in the pool, so that all cases start with the same state. */
    private int atRest() throws Exception {
        assertThat(proxy.ask("GET", "/_ping")).endsWith("OK");
        daemon.takeHead();
        ProcessResources.await(() -> proxy.openExchanges() == 0);
        return filesOfClients();
    }

    /** Does not count both ends of the pooled connections to the daemon. */
    private int filesOfClients() {
        return ProcessResources.now().files() - 2 * daemon.open();
    }

    private void assertNothingIsLeft(int before) throws Exception {
        assertThat(proxy.ask("GET", "/_ping")).endsWith("OK");
        while (!daemon.isUntouched()) {
            daemon.takeHead();
        }
        ProcessResources.await(() -> proxy.openExchanges() == 0 && filesOfClients() <= before);
        assertThat(proxy.openExchanges()).as("active exchanges").isZero();
        assertThat(filesOfClients()).as("open files").isLessThanOrEqualTo(before);
        assertThat(daemon.open()).as("pooled connections").isLessThan(10);
    }

    private static void leave(RawClient client, boolean isReset) throws IOException {
        if (isReset) {
            client.reset();
        } else {
            client.close();
        }
    }
}
