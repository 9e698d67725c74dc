package org.socketproxy.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.ProxyProcess;
import org.socketproxy.testing.RawClient;

/** Requests for which the proxy holds parsed JSON while it waits, against a process with the image's JVM options. */
@Tag("thorough")
class HeldMemoryIT {
    private static final String HOST = " HTTP/1.1\r\nHost: d\r\n";
    private static final int MIB = 1 << 20;

    @TempDir
    Path folder;

    private final List<RawClient> clients = new ArrayList<>();
    private final List<String> statuses = Collections.synchronizedList(new ArrayList<>());
    private final List<Thread> readers = new ArrayList<>();

    @AfterEach
    void stop() throws Exception {
        for (RawClient client : clients) {
            client.close();
        }
        for (Thread reader : readers) {
            reader.join();
        }
    }

    private static ProxyProcess proxy(FakeDaemon daemon) {
        return ProxyProcess.startInImageHeap(
                daemon.socket(),
                Map.of(
                        "CONTAINERS",
                        "1",
                        "POST",
                        "1",
                        "ALLOW_LOGS",
                        "1",
                        "CREATE",
                        "safe",
                        "TARGETS",
                        "label:owner=ci",
                        "CREATE_IMAGES",
                        "**",
                        "LOG_LEVEL",
                        "err"));
    }

    private void send(ProxyProcess proxy, String request) throws IOException {
        RawClient client = RawClient.connect(proxy.port());
        clients.add(client);
        Thread reader = new Thread(() -> {
            try {
                client.send(request);
                statuses.add(client.readHead().substring("HTTP/1.1 ".length()).substring(0, 3));
            } catch (IOException | RuntimeException closed) {
                statuses.add("closed");
            }
        });
        reader.start();
        readers.add(reader);
    }

    private static void assertServed(ProxyProcess proxy) throws IOException {
        try (RawClient other = RawClient.connect(proxy.port())) {
            assertThat(other.request("GET", "/_ping").readResponse()).startsWith("HTTP/1.1 200 ");
        }
    }

    /** The daemon describes no image before the proxy has read all bodies. */
    @ParameterizedTest
    @CsvSource({"8, '\"aaaaaaaa\"', 4096, 404", "60, '\"aaaaaaaa\"', 4096, 404", "60, '\"a\"', 49000, 403"})
    void treesOfBodiesAreNotHeld(int number, String value, int values, String expected) throws Exception {
        AtomicInteger asked = new AtomicInteger();
        CountDownLatch isRead = new CountDownLatch(1);
        String list = (value + ",").repeat(values - 1) + value;
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                        if (head.startsWith("GET /_ping ")) {
                            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
                            continue;
                        }
                        asked.incrementAndGet();
                        await(isRead);
                        peer.write("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}");
                    }
                });
                ProxyProcess proxy = proxy(daemon)) {
            for (int i = 0; i < number; i++) {
                String body = "{\"Image\":\"image" + i + "\",\"Cmd\":[" + list + "],\"Entrypoint\":[" + list
                        + "],\"Shell\":[" + list + "],\"OnBuild\":[" + list + "]}";
                send(
                        proxy,
                        "POST /containers/create?name=c" + i + HOST + "Content-Type: application/json\r\n"
                                + "Content-Length: " + body.length() + "\r\n\r\n" + body);
            }
            assertThat(ProcessResources.await(() -> asked.get() + statuses.size() >= number))
                    .isTrue();
            assertServed(proxy);
            isRead.countDown();
            assertThat(ProcessResources.await(() -> statuses.size() == number)).isTrue();
            assertThat(statuses).contains(expected).isSubsetOf(expected, "503");
            assertServed(proxy);
        }
    }

    /** Each stream begins with the description of a container of its own, which has a label of 1 MiB. */
    @ParameterizedTest
    @CsvSource({"150"})
    void openStreamsDoNotHoldTheDescriptionsByWhichTheyWereJudged(int number) throws Exception {
        String label = "x".repeat(MIB);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                        if (head.contains("/logs")) {
                            peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                        } else if (head.startsWith("GET /_ping ")) {
                            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
                        } else {
                            String name = head.split("/")[2];
                            String json = "{\"Id\":\"" + String.format("%064d", Integer.parseInt(name.substring(1)))
                                    + "\",\"Name\":\"/" + name + "\",\"Config\":{\"Labels\":{\"owner\":\"ci\",\"x\":\""
                                    + label + "\"}}}";
                            peer.write("HTTP/1.1 200 OK\r\nContent-Length: " + json.length() + "\r\n\r\n" + json);
                        }
                    }
                });
                ProxyProcess proxy = proxy(daemon)) {
            for (int i = 0; i < number; i++) {
                send(proxy, "GET /containers/c" + i + "/logs?follow=1&stdout=1" + HOST + "\r\n");
                int opened = i + 1;
                assertThat(ProcessResources.await(() -> statuses.size() == opened))
                        .isTrue();
            }
            assertThat(statuses).containsOnly("200");
            assertServed(proxy);
        }
    }

    /** All streams get an event with a label of 1 MiB, in the form in which the daemon writes it, and then a small one. */
    @ParameterizedTest
    @CsvSource({"MASK, 1, ''", "TARGETS, label:owner=ci, ''", "TARGETS, label:owner=ci, ',\"owner\":\"ci\"'"})
    void aLargeEventEndsNoStream(String setting, String value, String owner) throws Exception {
        int number = 100;
        CountDownLatch isOpen = new CountDownLatch(1);
        byte[] label = "\\u003c".repeat(1024).getBytes(StandardCharsets.US_ASCII);
        String begin =
                "{\"Type\":\"container\",\"Action\":\"start\",\"Actor\":{\"ID\":\"1\",\"Attributes\":{\"big\":\"";
        String small = begin + "\",\"name\":\"small\",\"owner\":\"ci\"}}}";
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                        if (head.startsWith("GET /events")) {
                            peer.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
                            await(isOpen);
                            peer.write(begin);
                            for (int i = 0; i < 1024; i++) {
                                peer.output().write(label);
                            }
                            peer.write("\",\"name\":\"large\"" + owner + "}}}" + small);
                            assertThat(peer.readToEnd()).isEmpty();
                            return;
                        }
                        String list = head.startsWith("GET /volumes") ? "{\"Volumes\":[]}" : "[]";
                        peer.write("HTTP/1.1 200 OK\r\nContent-Length: " + list.length() + "\r\n\r\n" + list);
                    }
                });
                ProxyProcess proxy = ProxyProcess.startInImageHeap(
                        daemon.socket(),
                        Map.of("POST", "1", "CREATE", "safe", "EVENTS", "1", "LOG_LEVEL", "err", setting, value))) {
            for (int i = 0; i < number; i++) {
                RawClient client = RawClient.connect(proxy.port());
                clients.add(client);
                assertThat(client.request("GET", "/events").readHead()).startsWith("HTTP/1.1 200 ");
            }
            isOpen.countDown();
            for (RawClient client : clients) {
                StringBuilder seen = new StringBuilder();
                while (seen.indexOf("\"small\"") < 0) {
                    String more = client.read(16);
                    assertThat(more).as(seen.toString()).isNotEmpty();
                    seen.append(more);
                }
            }
            assertServed(proxy);
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            assertThat(latch.await(300, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException stopped) {
            throw new IOException(stopped);
        }
    }
}
