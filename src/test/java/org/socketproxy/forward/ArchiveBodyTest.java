package org.socketproxy.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.archive.TarText;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** Request bodies that are archives: the daemon gets what the judge writes, or a body that does not end. */
class ArchiveBodyTest {
    private static final String DOCKER = "{\"ServerVersion\":\"26.1.5\",\"MemTotal\":1000000000}";
    private static final String PODMAN = "{\"ServerVersion\":\"5.4.2\",\"BuildahVersion\":\"1.39.3\"}";
    private static final String HIDDEN = "2 lk link=/etc ; 0 lk/x data=y";
    private static final String ABORTED = "no end";
    private static final int LARGE = 3_000_000;

    @TempDir
    Path folder;

    private FakeDaemon daemon;
    private ProxyUnderTest proxy;
    private volatile String info = DOCKER;
    private final BlockingQueue<String> bodies = new LinkedBlockingQueue<>();

    @BeforeEach
    void start() throws IOException {
        daemon = FakeDaemon.running(folder, peer -> {
            for (String head = peer.readHead(); head != null; head = peer.readHead()) {
                if (head.startsWith("GET ")) {
                    peer.write("HTTP/1.1 200 OK\r\nContent-Length: " + info.length() + "\r\n\r\n" + info);
                    continue;
                }
                if (head.contains("\r\nExpect:")) {
                    peer.write("HTTP/1.1 100 Continue\r\n\r\n");
                }
                String body = head.contains("chunked") ? body(peer.input()) : length(peer, head);
                bodies.add(body);
                if (body.endsWith(ABORTED)) {
                    return;
                }
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
            }
        });
        proxy = null;
    }

    private static String length(FakeDaemon.Peer peer, String head) throws IOException {
        return peer.read(Integer.parseInt(head.replaceFirst("(?s).*\r\nContent-Length: ([0-9]+).*", "$1")));
    }

    private static String body(InputStream input) {
        try {
            return chunks(input);
        } catch (IOException reset) {
            return ABORTED;
        }
    }

    /** Returns the content of all chunks; with {@link #ABORTED} if the connection ended before the last one. */
    private static String chunks(InputStream input) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            StringBuilder size = new StringBuilder();
            for (int c = input.read(); c != '\n'; c = input.read()) {
                if (c < 0) {
                    return body.toString(StandardCharsets.ISO_8859_1) + ABORTED;
                }
                size.append((char) c);
            }
            int length = Integer.parseInt(size.toString().strip(), 16);
            byte[] chunk = input.readNBytes(length);
            body.writeBytes(chunk);
            if (chunk.length < length) {
                return body.toString(StandardCharsets.ISO_8859_1) + ABORTED;
            }
            input.skipNBytes(2);
            if (length == 0) {
                return body.toString(StandardCharsets.ISO_8859_1);
            }
        }
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        daemon.close();
    }

    private void safe() {
        proxy = ProxyUnderTest.with(
                daemon.socket(), Map.of("BUILD", "1", "IMAGES", "1", "POST", "1", "CREATE", "safe"));
    }

    private void open() {
        proxy = ProxyUnderTest.with(daemon.socket(), Map.of("BUILD", "1", "IMAGES", "1", "POST", "1"));
    }

    private String takeBody() throws InterruptedException {
        return java.util.Objects.requireNonNull(bodies.poll(30, TimeUnit.SECONDS));
    }

    private RawResponse post(String path, byte[] body) throws IOException {
        return post(path, "Content-Length: " + body.length + "\r\n", body);
    }

    private RawResponse post(String path, String headers, byte[] body) throws IOException {
        try (RawClient client = proxy.connect()) {
            client.send("POST " + path + " HTTP/1.1\r\nHost: d\r\n" + headers + "\r\n");
            client.output().write(body);
            return client.readAnswer("POST");
        }
    }

    private static byte[] chunked(byte[] body, int size) {
        ByteArrayOutputStream chunks = new ByteArrayOutputStream();
        for (int begin = 0; begin < body.length; begin += size) {
            int length = Math.min(size, body.length - begin);
            chunks.writeBytes((Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            chunks.write(body, begin, length);
            chunks.writeBytes("\r\n".getBytes(StandardCharsets.ISO_8859_1));
        }
        chunks.writeBytes("0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
        return chunks.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "xz", "zstd"})
    void theDaemonGetsTheArchiveWithoutCompressionAndLength(String form) throws Exception {
        safe();
        byte[] plain = TarText.bytes("0 ./Dockerfile data=FROM ; 0 a data=x ; end ; raw junk");
        byte[] archive = TarText.compressed(form, plain);

        RawResponse response =
                post("/build", "Content-Encoding: " + form + "\r\nContent-Length: " + archive.length + "\r\n", archive);

        assertThat(response.status()).isEqualTo(200);
        assertThat(takeBody())
                .isEqualTo(
                        new String(TarText.bytes("0 Dockerfile data=FROM ; 0 a data=x"), StandardCharsets.ISO_8859_1));
        daemon.takeHead(); // of the question which daemon it is
        assertThat(daemon.takeHead())
                .contains("Transfer-Encoding: chunked\r\n")
                .doesNotContainIgnoringCase("Content-Length", "Content-Encoding");
    }

    /** The header of a frame of zstd with a window of 8 MiB, and a block of some bytes. */
    private static final byte[] LARGE_WINDOW = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, 13 << 3, 32, 0, 0, 0, 0, 0, 0};

    private RawClient sendLargeWindow() throws IOException {
        RawClient client = proxy.connect();
        client.send("POST /build HTTP/1.1\r\nHost: d\r\nContent-Length: 1000000\r\n\r\n");
        client.output().write(LARGE_WINDOW);
        return client;
    }

    /** An archive whose window has no memory is answered 503; a client that does not send for five seconds loses its window. */
    @Test
    void theWindowsOfClientsAreBounded() throws Exception {
        safe();
        List<RawClient> waiting = new ArrayList<>();
        try {
            RawResponse response = null;
            while (response == null || response.status() != 503) {
                RawClient client = sendLargeWindow();
                waiting.add(client);
                assertThat(waiting).hasSizeLessThan(100);
                response = post("/build", LARGE_WINDOW);
            }
            assertThat(response.body())
                    .contains("ImageBuild (POST /build) cannot be judged now: the archive is compressed with zstd")
                    .contains("8388608 bytes has no free memory: try again later");
            Instant end = Instant.now().plusSeconds(60);
            while (response.status() == 503) {
                response = post("/build", LARGE_WINDOW);
                assertThat(Instant.now()).isBefore(end);
            }
            assertThat(response.status()).isEqualTo(403); // judged, and not complete
            assertThat(waiting.get(0).readAnswer("POST").status())
                    .as("connection is closed")
                    .isZero();
        } finally {
            for (RawClient client : waiting) {
                client.close();
            }
        }
    }

    static Stream<Integer> sizes() {
        return Stream.of(1, 511, 512, 513, 100_000);
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void theChunksOfTheClientDoNotMatter(int size) throws Exception {
        safe();
        byte[] archive = TarText.bytes("0 Dockerfile data=FROM ; 0 a data=x{5000} ; 5 d");

        RawResponse response = post("/build", "Transfer-Encoding: chunked\r\n", chunked(archive, size));

        assertThat(response.status()).isEqualTo(200);
        assertThat(takeBody())
                .isEqualTo(new String(
                        TarText.bytes("0 Dockerfile data=FROM ; 0 a data=x{5000} ; 5 d/ mode=644"),
                        StandardCharsets.ISO_8859_1));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "4 Dockerfile major=7             | has the entry Dockerfile, which is a block device",
                "6 pipe                           | has the entry pipe, which is a FIFO",
                "0 Dockerfile ; 0 Dockerfile      | has the entry Dockerfile, twice, and the daemon opens it",
                "2 Dockerfile link=/etc/shadow    | has the entry Dockerfile, which is a symbolic link, and the daemon opens it",
                "2 .dockerignore link=/etc/shadow | has the entry .dockerignore, which is a symbolic link",
                "2 lk link=/etc ; 0 lk/x          | has the entry lk/x, which is below a link",
                "1 a link=/etc/shadow             | has the entry a, which is a hard link to a file that is not in the archive",
                "0 a ; cut 1 ; open               | is not complete",
            })
    void aRefusedArchiveDoesNotEndForTheDaemon(String archive, String sentence) throws Exception {
        safe();

        RawResponse response = post("/build", TarText.bytes("0 first data=x{" + LARGE + "} ; " + archive));

        assertThat(response.status()).isEqualTo(403);
        assertThat(response.body())
                .contains("ImageBuild (POST /build) is not allowed: the archive " + sentence)
                .contains("CREATE=safe");
        assertThat(takeBody()).endsWith(ABORTED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dockerfile=lk/Dockerfile", "dockerfile=.%2Flk%2FDockerfile"})
    void noFolderAboveTheDockerfileIsALink(String query) throws Exception {
        safe();

        RawResponse response = post("/build?" + query, TarText.bytes("0 a ; 2 lk link=/etc"));

        assertThat(response.status()).isEqualTo(403);
        assertThat(response.body())
                .contains("has the entry lk, which is a symbolic link, and the daemon opens this path");
    }

    @Test
    void theClientThatWaitsFor100ContinueIsJudgedToo() throws Exception {
        safe();
        byte[] archive = TarText.bytes("0 Dockerfile data=FROM");

        try (RawClient client = proxy.connect()) {
            client.send("POST /build HTTP/1.1\r\nHost: d\r\nExpect: 100-continue\r\nContent-Length: " + archive.length
                    + "\r\n\r\n");
            assertThat(client.readHead()).startsWith("HTTP/1.1 100 ");
            client.output().write(archive);
            assertThat(client.readAnswer("POST").status()).isEqualTo(200);
        }
        assertThat(takeBody()).isEqualTo(new String(archive, StandardCharsets.ISO_8859_1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/build", "/images/load"})
    void podmanGetsNoEntryBelowALinkInAnyProfile(String path) throws Exception {
        info = PODMAN;
        open();

        RawResponse response = post(path, TarText.bytes("0 first data=x{" + LARGE + "} ; " + HIDDEN));

        assertThat(response.status()).isEqualTo(403);
        assertThat(response.body()).contains("has the entry lk/x, which is below a link of the same archive");
        assertThat(takeBody()).endsWith(ABORTED);
    }

    @Test
    void aDaemonThatDoesNotDescribeItselfCountsAsPodman() throws Exception {
        info = "{}";
        open();

        assertThat(post("/images/load", TarText.bytes(HIDDEN)).status()).isEqualTo(403);
    }

    @Test
    void devicesPassToPodmanWithoutCreateRules() throws Exception {
        info = PODMAN;
        open();

        assertThat(post("/images/load", TarText.bytes("3 null major=1 minor=3 ; 0 su mode=4755"))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void bytesPassToDockerWithoutCreateRules() throws Exception {
        open();
        byte[] body = "any bytes".getBytes(StandardCharsets.ISO_8859_1);

        assertThat(post("/images/load", body).status()).isEqualTo(200);
        assertThat(takeBody()).isEqualTo("any bytes");
    }

    @Test
    void theConnectionServesTheNextRequestAfterASmallRefusedArchive() throws Exception {
        safe();
        byte[] refused = TarText.bytes("6 pipe");
        byte[] allowed = TarText.bytes("0 Dockerfile data=FROM");

        try (RawClient client = proxy.connect()) {
            for (byte[] archive : List.of(refused, allowed)) {
                client.send("POST /build HTTP/1.1\r\nHost: d\r\nContent-Length: " + archive.length + "\r\n\r\n");
                client.output().write(archive);
                assertThat(client.readAnswer("POST").status()).isEqualTo(archive == refused ? 403 : 200);
            }
        }
    }
}
