package org.socketproxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.SocketException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** A stop with {@code DRAIN}: the listeners close, and exchanges end by themselves or at the end of that time. */
class DrainTest {
    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    /** Jetty writes the end of a chunk with the next one. */
    private static final String FIRST = "3\r\n{}\n";

    private static final String LAST = "\r\n0\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    private static final long LIMIT_SECONDS = 300;

    @TempDir
    Path folder;

    /** What the daemon sends next to a stream; an empty text ends it. */
    private final BlockingQueue<String> words = new LinkedBlockingQueue<>();
    /** What the daemon answers to other requests. */
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

    private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    private final List<RawClient> clients = new ArrayList<>();

    @AfterEach
    void closeClients() throws IOException {
        for (RawClient client : clients) {
            client.close();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void streamsAndTunnelsOutliveTheListener(boolean isUnix) throws Exception {
        Path socket = folder.resolve("proxy.sock");
        String listen = isUnix ? "unix://" + socket : "tcp://127.0.0.1:0";
        try (FakeDaemon daemon = FakeDaemon.running(folder, this::answer)) {
            ProxyUnderTest proxy =
                    start(daemon, Map.of("LISTEN", listen, "DRAIN", "1h", "STATUS_LISTEN", "tcp://127.0.0.1:0"));
            int port = isUnix ? 0 : proxy.port();
            RawClient events = connect(port, socket);
            assertThat(events.request("GET", "/events").readHead()).startsWith("HTTP/1.1 200");
            assertThat(events.read(FIRST.length())).isEqualTo(FIRST);
            RawClient exec = connect(port, socket);
            exec.send("POST /exec/a/start HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                    + "Content-Length: 0\r\n\r\n");
            assertThat(exec.readHead()).startsWith("HTTP/1.1 101");
            awaitAsked(2);
            assertThat(ready(proxy)).isEqualTo(200);

            Thread stop = stop(proxy);
            awaitRefused(port, socket);
            assertThat(ready(proxy)).isEqualTo(503);

            words.add("\r\n5\r\nmore\n");
            assertThat(events.read(10)).isEqualTo("\r\n5\r\nmore\n");
            words.add("");
            assertThat(events.readToEnd()).isEqualTo(LAST);
            assertThat(stop.isAlive()).isTrue();
            exec.send("bytes of the client").shutdownOutput();
            assertThat(exec.readToEnd()).isEqualTo("bytes of the client");
            join(stop);
        }
    }

    @Test
    void endOfTheTimeCutsStreams() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, this::answer)) {
            ProxyUnderTest proxy = start(daemon, Map.of("DRAIN", "200ms"));
            RawClient events = connect(proxy.port(), folder);
            events.request("GET", "/events").readHead();
            assertThat(events.read(FIRST.length())).isEqualTo(FIRST);
            join(stop(proxy));
            assertThat(events.readToEnd()).isEmpty();
            words.add("");
        }
    }

    /** The end of {@code SHUTDOWN_TIMEOUT} is earlier, and does not cut requests that may go on. */
    @Test
    void idleConnectionsEndAtOnceAndOthersAfterTheirAnswer() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, this::answer)) {
            ProxyUnderTest proxy = start(daemon, Map.of("DRAIN", "1h", "SHUTDOWN_TIMEOUT", "0s"));
            int port = proxy.port();
            RawClient idle = connect(port, folder);
            answers.add(OK);
            assertThat(idle.request("GET", "/version").readResponse())
                    .endsWith("OK")
                    .doesNotContain("Connection:");
            RawClient busy = connect(port, folder);
            busy.request("GET", "/version");
            RawClient stream = connect(port, folder);
            stream.request("GET", "/events").readHead();
            assertThat(stream.read(FIRST.length())).isEqualTo(FIRST);
            awaitAsked(3);

            Thread stop = stop(proxy);
            assertThat(idle.readToEnd()).isEmpty();
            answers.add(OK);
            assertThat(busy.readResponse()).endsWith("OK").contains("Connection: close");
            assertThat(busy.readToEnd()).isEmpty();
            words.add("");
            assertThat(stream.readToEnd()).isEqualTo(LAST);
            join(stop);
        }
    }

    /** The clients have connected, and some have not sent their request yet, when the stop begins. A stream keeps the stop waiting. */
    @Test
    void everyAcceptedOrWaitingConnectionIsAnswered() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, this::answer)) {
            ProxyUnderTest proxy = start(daemon, Map.of("DRAIN", "1h"));
            int port = proxy.port();
            RawClient stream = connect(port, folder);
            stream.request("GET", "/events").readHead();
            for (int i = 0; i < 40; i++) {
                answers.add(OK);
            }
            List<RawClient> fresh = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                RawClient client = connect(port, folder);
                if (i % 2 == 0) {
                    client.request("GET", "/version");
                }
                fresh.add(client);
            }
            Thread stop = stop(proxy);
            for (int i = 0; i < fresh.size(); i++) {
                RawClient client = fresh.get(i);
                if (i % 2 == 1) {
                    client.request("GET", "/version");
                }
                assertThat(client.readResponse()).endsWith("OK");
            }
            words.add("");
            join(stop);
        }
    }

    /** A client that sends one request after the other does not prolong the time. */
    @Test
    void pipelinedRequestsEndWithTheAnswerThatSaysClose() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, this::answer)) {
            ProxyUnderTest proxy = start(daemon, Map.of("DRAIN", "1h"));
            int port = proxy.port();
            RawClient busy = connect(port, folder);
            busy.request("GET", "/version");
            awaitAsked(1);
            Thread stop = stop(proxy);
            awaitRefused(port, folder);
            for (int i = 0; i < 10; i++) {
                busy.request("GET", "/version");
            }
            answers.add(OK);
            assertThat(busy.readResponse()).contains("Connection: close");
            join(stop);
            assertThat(asked).isEmpty();
        }
    }

    private ProxyUnderTest start(FakeDaemon daemon, Map<String, String> settings) {
        Map<String, String> environment = new HashMap<>(settings);
        environment.put("EXEC", "1");
        environment.put("POST", "1");
        return ProxyUnderTest.with(daemon.socket(), environment);
    }

    private void answer(FakeDaemon.Peer peer) throws IOException {
        for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
            if (head.startsWith("GET /_ping")) {
                peer.write(OK);
                continue;
            }
            asked.add(head);
            if (head.contains("Upgrade: tcp")) {
                peer.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
                peer.write(peer.readToEnd());
                return;
            }
            boolean isStream = head.startsWith("GET /events");
            if (!isStream) {
                peer.write(next(answers));
                continue;
            }
            peer.write(CHUNKED + FIRST);
            for (String word = next(words); !word.isEmpty(); word = next(words)) {
                peer.write(word);
            }
            peer.write(LAST);
        }
    }

    private static String next(BlockingQueue<String> words) throws IOException {
        try {
            String word = words.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
            assertThat(word).isNotNull();
            return word;
        } catch (InterruptedException stopped) {
            throw new IOException(stopped);
        }
    }

    private void awaitAsked(int requests) throws InterruptedException {
        for (int i = 0; i < requests; i++) {
            assertThat(asked.poll(LIMIT_SECONDS, TimeUnit.SECONDS)).isNotNull();
        }
    }

    private static Thread stop(ProxyUnderTest proxy) {
        Thread stop = new Thread(proxy::close);
        stop.start();
        return stop;
    }

    private static void join(Thread stop) throws InterruptedException {
        stop.join(TimeUnit.SECONDS.toMillis(LIMIT_SECONDS));
        assertThat(stop.isAlive()).isFalse();
    }

    private RawClient connect(int port, Path socket) throws IOException {
        RawClient client = port == 0 ? RawClient.connect(socket) : RawClient.connect(port);
        clients.add(client);
        return client;
    }

    private void awaitRefused(int port, Path socket) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (System.nanoTime() < end) {
            try {
                connect(port, socket).close();
                TimeUnit.MILLISECONDS.sleep(10);
            } catch (SocketException refused) {
                return;
            }
        }
        throw new AssertionError("The listener still accepts");
    }

    private static int ready(ProxyUnderTest proxy) throws IOException {
        URI page = URI.create(proxy.statusPage().replaceFirst("\\?.*", "")).resolve("/readyz");
        HttpURLConnection connection = (HttpURLConnection) page.toURL().openConnection();
        int status = connection.getResponseCode();
        connection.disconnect();
        return status;
    }
}
