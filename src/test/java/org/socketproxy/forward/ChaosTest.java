package org.socketproxy.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.RawClient;

/**
 * Each failure of the daemon, at each stage of an exchange, together with each failure of the client: the exchange ends once,
 * with one audit record, and leaves nothing open or reserved.
 */
class ChaosTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    private static final String CONTAINER = "{\"Id\":\"" + "c".repeat(64) + "\",\"HostConfig\":{},\"Mounts\":[]}";
    private static final String DESCRIPTION =
            "HTTP/1.1 200 OK\r\nContent-Length: " + CONTAINER.length() + "\r\n\r\n" + CONTAINER;
    /** Connections that the pool may keep. */
    private static final int IDLE = 5;
    /** Versions of the API. Each exchange has its own version, by which the test finds its audit record. */
    private static final int FIRST_VERSION = 40;

    private static final String CREATE = "{\"Image\":\"a\"}";
    private static final String JSON = " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: ";

    /** Request of the client. Each kind passes other stages. */
    enum Asked {
        /** Forwarded at once. */
        LIST("GET /containers/json HTTP/1.1\r\nHost: d\r\n\r\n"),
        /** The daemon is asked about the container first. */
        START("POST /containers/a/start HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n"),
        /** Its body is read and judged first. */
        JUDGED("POST /containers/create" + JSON + CREATE.length() + "\r\n\r\n" + CREATE),
        /** Its body streams. */
        UPLOAD("POST /plugins/create HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
        /** Its response has no end. */
        EVENTS("GET /events HTTP/1.1\r\nHost: d\r\n\r\n"),
        /** It becomes a tunnel. */
        TUNNEL("POST /containers/a/attach?stream=1 HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                + "Content-Length: 0\r\n\r\n");

        private final String bytes;

        Asked(String bytes) {
            this.bytes = bytes;
        }
    }

    /** Fault of the daemon, in place of its answer or at the query of the proxy. */
    enum DaemonConduct {
        ANSWERS(OK),
        CLOSES(""),
        CLOSES_IN_HEAD("HTTP/1.1 200 OK\r\nConte"),
        CLOSES_IN_BODY("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"),
        CLOSES_IN_CHUNK("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"),
        SENDS_GARBAGE("\0\1\2garbage\r\n\r\n"),
        UPGRADES("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nraw"),
        STALLS_BEFORE_HEAD(null),
        STALLS_IN_BODY("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n");

        private final String said;

        DaemonConduct(String said) {
            this.said = said;
        }

        boolean isStalling() {
            return name().startsWith("STALLS");
        }
    }

    /** Behaviour of the client. */
    enum ClientConduct {
        READS,
        RESETS_AT_ONCE,
        ENDS_ITS_INPUT,
        RESETS_IN_REQUEST,
        RESETS_AFTER_FIRST_BYTE
    }

    @TempDir
    Path folder;

    private final AtomicReference<DaemonConduct> conduct = new AtomicReference<>(DaemonConduct.ANSWERS);
    private final AtomicReference<Boolean> isQuestionHit = new AtomicReference<>(false);

    private void serve(FakeDaemon.Peer peer) throws IOException {
        for (String head = peer.readHead(); head != null; head = peer.readHead()) {
            if (head.startsWith("GET /_ping ")) {
                peer.write(OK);
            } else if (head.contains("/containers/a/json ") && !isQuestionHit.get()) {
                peer.write(DESCRIPTION);
            } else {
                DaemonConduct now = conduct.get();
                peer.write(now.said == null ? "" : now.said);
                if (now.isStalling() || now == DaemonConduct.UPGRADES) {
                    peer.readToEnd();
                }
                return;
            }
        }
    }

    @Execution(ExecutionMode.CONCURRENT)
    @ParameterizedTest
    @EnumSource
    void eachFailureEndsTheExchangeOnce(Asked asked) throws Exception {
        HeldMemory memory = new HeldMemory(1 << 20);
        try (FakeDaemon daemon = FakeDaemon.running(folder, this::serve);
                ChainUnderTest chain = ChainUnderTest.safe(daemon.host(), Duration.ofMillis(500), Map.of(), memory)) {
            Map<String, Integer> records = new HashMap<>();
            int exchanges = 0;
            for (DaemonConduct now : DaemonConduct.values()) {
                for (boolean isQuestion : asked == Asked.LIST ? new boolean[] {false} : new boolean[] {false, true}) {
                    for (ClientConduct client : ClientConduct.values()) {
                        conduct.set(now);
                        isQuestionHit.set(isQuestion);
                        String what = asked + ", the daemon " + now + (isQuestion ? " at a question" : "")
                                + ", the client " + client;
                        String version = "/v1." + (FIRST_VERSION + exchanges++) + "/"; // marks its record
                        act(chain, asked.bytes.replaceFirst("/", version), now, client);
                        // A client that resets can be gone before its request is read.
                        while (!client.name().startsWith("RESETS") && !records.containsKey(version)) {
                            count(chain.takeRecord(), records);
                        }
                        assertNothingIsLeft(chain, memory, what);
                    }
                }
            }
            ping(chain);
            String record = chain.takeRecord();
            for (; !record.contains(" GET /_ping "); record = chain.takeRecord()) {
                count(record, records);
            }
            assertThat(records).hasSizeGreaterThan(exchanges / 3);
            assertThat(records.values()).containsOnly(1);
            assertThat(ProcessResources.await(() -> daemon.open() <= IDLE))
                    .as("open connections: %d", daemon.open())
                    .isTrue();
        }
    }

    private static void count(String record, Map<String, Integer> records) {
        Matcher version = Pattern.compile(" (/v1\\.\\d+/)").matcher(record);
        if (version.find() && !record.endsWith(" begin")) {
            records.merge(version.group(1), 1, Integer::sum);
        }
    }

    /** The client ends its connection in each case: of a daemon that stalls only that frees the exchange. */
    private static void act(ChainUnderTest chain, String bytes, DaemonConduct daemon, ClientConduct client)
            throws IOException {
        try (RawClient connection = chain.connect()) {
            switch (client) {
                case READS -> {
                    connection.send(bytes);
                    if (daemon.isStalling() || daemon == DaemonConduct.UPGRADES) {
                        connection.read(daemon == DaemonConduct.STALLS_BEFORE_HEAD ? 0 : 1);
                    } else {
                        connection.readAnswer("GET");
                    }
                }
                case RESETS_AT_ONCE -> connection.send(bytes).reset();
                case ENDS_ITS_INPUT -> connection.send(bytes).shutdownOutput();
                case RESETS_IN_REQUEST ->
                    connection.send(bytes.substring(0, bytes.length() - 2)).reset();
                case RESETS_AFTER_FIRST_BYTE -> {
                    connection.send(bytes);
                    connection.read(daemon == DaemonConduct.STALLS_BEFORE_HEAD ? 0 : 1);
                    connection.reset();
                }
            }
        }
    }

    private static void assertNothingIsLeft(ChainUnderTest chain, HeldMemory memory, String what) throws Exception {
        assertThat(ProcessResources.await(() -> chain.openExchanges() == 0))
                .as("open: " + what)
                .isTrue();
        assertThat(ProcessResources.await(() -> memory.reservedBytes() == 0))
                .as("reserved: " + what)
                .isTrue();
    }

    private static void ping(ChainUnderTest chain) throws IOException {
        try (RawClient next = chain.connect()) {
            next.request("GET", "/_ping");
            assertThat(next.readAnswer("GET").status()).isEqualTo(200);
        }
    }
}
