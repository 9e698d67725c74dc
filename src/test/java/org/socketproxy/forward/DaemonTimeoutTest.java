package org.socketproxy.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;

/** {@code DAEMON_TIMEOUT}: requests that the daemon does not answer, and those that may last. */
class DaemonTimeoutTest {
    @TempDir
    Path folder;

    /** The request that may last comes first, and is answered after the timeout of the other one. */
    @ParameterizedTest
    @CsvSource({
        "GET, /images/json, POST, /containers/c1/stop?t=600",
        "GET, /info, GET, /events",
        "HEAD, /containers/c1/archive?path=/x, GET, /containers/c1/logs?follow=1",
        "POST, /containers/c1/start, POST, /containers/c1/wait",
        "POST, /containers/c1/kill, POST, /images/create?fromImage=nginx",
        "DELETE, /networks/n1, DELETE, /containers/c1",
        "GET, /libpod/info, POST, /libpod/containers/c1/stop",
        "POST, /networks/n1/disconnect, POST, /build"
    })
    void onlyAnAnswerThatDoesNotBeginInTimeIsReplaced(
            String method, String target, String longMethod, String longTarget) throws Exception {
        BlockingQueue<String> records = new LinkedBlockingQueue<>();
        CountDownLatch timedOut = new CountDownLatch(1);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
            String head = peer.readRequest();
            if (head != null && head.startsWith(longMethod + " " + longTarget)) {
                await(timedOut);
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
            }
            peer.readToEnd();
        })) {
            Map<String, String> environment = ProxyUnderTest.everything();
            environment.putAll(new HashMap<>(Map.of(
                    "SOCKET_PATH", daemon.socket().toString(),
                    "PROTECT_SELF", "0",
                    "LISTEN", "tcp://127.0.0.1:0",
                    "STATUS_LISTEN", "off",
                    "LOG_LEVEL", "info",
                    "DAEMON_TIMEOUT", "300ms")));
            try (ProxyUnderTest proxy = ProxyUnderTest.recording(
                            environment, lines -> lines.lines().forEach(records::add));
                    RawClient lasting = proxy.connect();
                    RawClient client = proxy.connect()) {
                lasting.request(longMethod, longTarget);
                assertThat(daemon.takeHead()).startsWith(longMethod + " ");
                client.request(method, target);
                assertThat(client.readAnswer(method).status()).isEqualTo(504);
                String record = records.poll(300, TimeUnit.SECONDS);
                while (record != null && record.endsWith(" begin seq=1")) {
                    record = records.poll(300, TimeUnit.SECONDS);
                }
                assertThat(record)
                        .contains(" allow daemon-timeout " + method + " ")
                        .contains(" 504 ");
                timedOut.countDown();
                assertThat(lasting.readAnswer(longMethod).status()).isEqualTo(200);
            }
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(300, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException stopped) {
            throw new AssertionError(stopped);
        }
    }

    /** Each exempt kind has a row; a list of all would repeat the table. */
    @ParameterizedTest
    @CsvSource({
        "ContainerList, true",
        "ContainerCreate, true",
        "ContainerInspectLibpod, true",
        "ContainerWait, false",
        "ContainerStop, false",
        "ContainerAttach, false",
        "ContainerLogs, false",
        "ImageBuild, false",
        "ImageCreate, false",
        "ImagePush, false",
        "ImageLoad, false",
        "ImageGet, false",
        "SystemEvents, false",
        "ControlSolve, false",
        "ControlInfo, false",
        "ExecStart, false",
        "Session, false"
    })
    void operationsThatMayLastAreExempt(String operation, boolean isLimited) {
        assertThat(OperationCatalogue.load().operations().stream()
                        .filter(each -> each.id().equals(operation)))
                .singleElement()
                .satisfies(each -> assertThat(each.isAnsweredSoon()).isEqualTo(isLimited));
    }
}
