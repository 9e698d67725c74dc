package org.socketproxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.testing.Certificates;
import org.socketproxy.testing.Corpus;

/** Invalid settings of listeners and daemon stop the start: one sentence for each fault with its solution, exit code 2. */
class BadInputTest {
    /** Settings with which a successful start opens only an ephemeral port and writes no files. */
    private static final Map<String, String> QUIET =
            Map.of("LISTEN", "tcp://127.0.0.1:0", "STATUS_LISTEN", "off", "HOME", "/nowhere");

    /** Exit code and output of a run. */
    private record Ran(int exitCode, String out, String err) {
        static Ran with(Map<String, String> environment, String... arguments) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            ByteArrayOutputStream err = new ByteArrayOutputStream();
            int exitCode = Main.run(
                    arguments,
                    environment,
                    new PrintStream(out, true, StandardCharsets.UTF_8),
                    new PrintStream(err, true, StandardCharsets.UTF_8));
            return new Ran(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        }
    }

    @TempDir
    static Path folder;

    private static ServerSocket taken;
    private static ServerSocketChannel live;

    @BeforeAll
    static void make() throws IOException {
        Certificates files = Certificates.in(folder)
                .server("server", "ca")
                .server("other", "ca")
                .expired("old", "ca")
                .client("me", "/CN=me", "ca", "DNS:me.example")
                .run(
                        "echo text >text.pem; mkfifo pipe; mkdir empty folder.pem; openssl pkey -in server-key.pem -aes256 -passout"
                                + " pass:secret -out locked.pem");
        files.certPath("me", "ca");
        files.run("cp -r path-me path-bad; cp other-key.pem path-bad/key.pem; rm path-bad/ca.pem");
        taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        live = ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(folder.resolve("live.sock")));
    }

    @AfterAll
    static void close() throws IOException {
        if (live != null) {
            taken.close();
            live.close();
        }
    }

    /** Replaces {@code ~} by the folder, {@code ~PORT} by a port in use, {@code ~LONG} by a name too long for a socket. */
    private static String filled(String text) {
        return text.replace("~PORT", Integer.toString(taken.getLocalPort()))
                .replace("~LONG", "l".repeat(110))
                .replace("~", folder + "/");
    }

    /**
     * A row of the table.
     *
     * @param settings settings and variables with their values
     * @param isSeenByCheck whether {@code check} reports the fault too, because it opens no socket
     * @param sentences the expected sentences in this order
     */
    private record Row(Map<String, String> settings, boolean isSeenByCheck, List<String> sentences) {
        static Row parse(String line) {
            String[] columns = line.split(" +\\| +");
            Map<String, String> settings = new HashMap<>(QUIET);
            for (String setting : columns[0].split(" ; ")) {
                String[] nameAndValue = setting.strip().split("=", 2);
                settings.put(nameAndValue[0], filled(nameAndValue[1]));
            }
            assertThat(columns[1]).as(line).isIn("check", "start");
            return new Row(
                    settings,
                    columns[1].equals("check"),
                    Arrays.stream(columns).skip(2).map(BadInputTest::filled).toList());
        }

        @Override
        public String toString() {
            Map<String, String> own = new HashMap<>(settings);
            own.entrySet().removeAll(QUIET.entrySet());
            return own.toString();
        }
    }

    static Stream<Row> rows() {
        return Corpus.lines(BadInputTest.class, "bad-input.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(Row::parse);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void eachFaultIsReportedInOneSentence(Row row) {
        String said = "docker-socket-proxy: " + String.join("\ndocker-socket-proxy: ", row.sentences()) + "\n";

        assertThat(Ran.with(row.settings())).isEqualTo(new Ran(2, "", said));
        Ran check = Ran.with(row.settings(), "check");
        assertThat(check.equals(new Ran(2, "", said))).as(check.toString()).isEqualTo(row.isSeenByCheck());
        assertThat(check.exitCode() == 2).as(check.toString()).isEqualTo(row.isSeenByCheck());
    }
}
