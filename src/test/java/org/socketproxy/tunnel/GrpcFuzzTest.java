package org.socketproxy.tunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.testing.Http2Client.ACK;
import static org.socketproxy.testing.Http2Client.CONTINUATION;
import static org.socketproxy.testing.Http2Client.DATA;
import static org.socketproxy.testing.Http2Client.END_HEADERS;
import static org.socketproxy.testing.Http2Client.END_STREAM;
import static org.socketproxy.testing.Http2Client.GOAWAY;
import static org.socketproxy.testing.Http2Client.HEADERS;
import static org.socketproxy.testing.Http2Client.PING;
import static org.socketproxy.testing.Http2Client.PRIORITY;
import static org.socketproxy.testing.Http2Client.RST_STREAM;
import static org.socketproxy.testing.Http2Client.SETTINGS;
import static org.socketproxy.testing.Http2Client.WINDOW_UPDATE;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpHeader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.GrpcDaemon;
import org.socketproxy.testing.Http2Client;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/**
 * Any bytes of a client after {@code POST /grpc} and the preface of HTTP/2: the daemon receives only well-formed calls of methods of
 * BuildKit, another client gets its own answer, and nothing stays open. The input is what the client sends.
 */
class GrpcFuzzTest {
    private static final String WORKERS = "/moby.buildkit.v1.Control/ListWorkers";
    private static final String OWN = GrpcDaemon.message("\n\0069b1d7c");
    private static final int MAX_BYTES = 100_000;

    private static final Set<String> METHODS = OperationCatalogue.load().operations().stream()
            .filter(Operation::isGrpc)
            .map(operation -> operation.path().toString())
            .collect(Collectors.toSet());

    private static Path folder;
    private static GrpcDaemon daemon;
    private static ProxyUnderTest proxy;

    @BeforeAll
    static void start() throws IOException {
        folder = Files.createTempDirectory("grpc-fuzz");
        daemon = GrpcDaemon.start(FakeDaemon.Kind.UNIX, folder);
        proxy = ProxyUnderTest.with(daemon.http().socket(), Map.of("GRPC", "1", "POST", "1"));
    }

    @AfterAll
    static void stop() throws IOException {
        proxy.close();
        daemon.close();
        Files.delete(folder);
    }

    static Stream<byte[]> seeds() {
        byte[] settings = Http2Client.bytes(SETTINGS, 0, 0);
        byte[] head = head(WORKERS, "te", "trailers");
        byte[] half = Arrays.copyOf(head, 20);
        byte[] rest = Arrays.copyOfRange(head, 20, head.length);
        byte[] message = GrpcDaemon.message("\n\5hello").getBytes(StandardCharsets.ISO_8859_1);
        byte[] padded = new byte[message.length + 4];
        padded[0] = 3;
        System.arraycopy(message, 0, padded, 1, message.length);
        return Stream.of(
                join(settings, headers(1, head), Http2Client.bytes(DATA, END_STREAM, 1, message)),
                join(
                        settings,
                        Http2Client.bytes(HEADERS, 0, 1, half),
                        Http2Client.bytes(CONTINUATION, END_HEADERS, 1, rest),
                        Http2Client.bytes(DATA, 8 | END_STREAM, 1, padded)),
                join(
                        settings,
                        headers(1, head),
                        headers(3, head),
                        Http2Client.bytes(DATA, 0, 3, message),
                        Http2Client.bytes(RST_STREAM, 0, 1, new byte[] {0, 0, 0, 8}),
                        Http2Client.bytes(HEADERS, END_HEADERS | END_STREAM, 3, Http2Client.encode("x-trailer", "t"))),
                join(
                        Http2Client.bytes(SETTINGS, 0, 0, new byte[] {0, 4, 0, 0, 0, 1, 0, 5, 0, 0, 0x40, 0}),
                        Http2Client.bytes(SETTINGS, ACK, 0),
                        Http2Client.bytes(PING, 0, 0, new byte[8]),
                        Http2Client.bytes(PRIORITY, 0, 5, new byte[] {0, 0, 0, 1, 9}),
                        headers(5, head),
                        Http2Client.bytes(WINDOW_UPDATE, 0, 5, new byte[] {0, 1, 0, 0}),
                        Http2Client.bytes(DATA, END_STREAM, 5, message),
                        Http2Client.bytes(GOAWAY, 0, 0, new byte[8])),
                join(
                        settings,
                        headers(1, head("/moby.buildkit.v1.Control/Solve")),
                        Http2Client.bytes(DATA, 0, 1, message),
                        Http2Client.bytes(DATA, END_STREAM, 1)),
                join(
                        settings,
                        headers(1, head("/grpc.health.v1.Health/Check")),
                        headers(3, head(WORKERS, "transfer-encoding", "chunked")),
                        headers(5, head(WORKERS, "content-length", "5"))),
                join(settings, headers(2, head), Http2Client.bytes(DATA, 0, 0, message), new byte[] {0, 0, 1, 42, 7}),
                "POST /containers/create HTTP/1.1\r\nHost: d\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
    }

    private static byte[] head(String path, String... further) {
        String[] fields = Arrays.copyOf(new String[] {"content-type", "application/grpc"}, 2 + further.length);
        System.arraycopy(further, 0, fields, 2, further.length);
        return Http2Client.encode(Http2Client.head("POST", path, fields));
    }

    private static byte[] headers(int stream, byte[] block) {
        return Http2Client.bytes(HEADERS, END_HEADERS, stream, block);
    }

    private static byte[] join(byte[]... frames) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] frame : frames) {
            all.writeBytes(frame);
        }
        return all.toByteArray();
    }

    @MethodSource("seeds")
    @FuzzTest
    void daemonReceivesOnlyCallsOfBuildKit(byte[] input) throws Exception {
        if (input.length > MAX_BYTES) {
            return;
        }
        try (Http2Client witness = Http2Client.afterGrpc(proxy.connect())) {
            int call = witness.call(WORKERS, "unary");
            exchange(input);
            assertThat(witness.data(call, OWN, true).answer(call).body()).isEqualTo(OWN);
        }
        assertThat(ProcessResources.await(() -> proxy.openExchanges() == 0 && daemon.openUpgrades() == 0))
                .isTrue();
        while (!daemon.isUntouched()) {
            GrpcDaemon.Call received = daemon.takeCall();
            assertThat(METHODS).contains(received.path());
            assertThat(received.fields().getField(HttpHeader.TRANSFER_ENCODING)).isNull();
            assertThat(received.fields().get(HttpHeader.CONTENT_TYPE)).startsWith("application/grpc");
        }
    }

    /** Sends the bytes and the end of the input, and reads until the proxy closes. */
    private static void exchange(byte[] input) throws IOException {
        try (RawClient client = proxy.connect()) {
            client.send(Http2Client.GRPC);
            assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
            client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
            client.output().write(input);
            client.shutdownOutput();
            assertThat(client.readToEnd()).isNotNull();
        } catch (SocketException closed) {
            // The proxy has closed the connection before it read everything.
        }
    }
}
