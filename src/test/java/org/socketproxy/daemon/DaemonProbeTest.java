package org.socketproxy.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.FakeDaemon;

class DaemonProbeTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            nullValues = "-",
            value = {
                "'HTTP/1.1 200 OK\r\nServer: Docker/28.5.2+dfsg1 (linux)\r\nApi-Version: 1.51\r\n\r\nOK' -> Docker 28.5.2+dfsg1 -> 1.51 -> ''",
                "'HTTP/1.1 200 OK\r\nserver: Libpod/5.6.0 (linux)\r\napi-version: 1.41\r\n\r\nOK' -> Libpod 5.6.0 -> 1.41 -> ''",
                "'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK' -> '' -> '' -> ''",
                "'HTTP/1.1 500 Internal Server Error\r\n\r\n' -> '' -> '' -> it answered GET /_ping with the status 500",
                "'SSH-2.0-OpenSSH_9.2p1\r\n\r\n' -> '' -> '' -> it does not speak HTTP",
                "'HTTP/1.1 200' -> '' -> '' -> it closed the connection or did not speak HTTP",
                "'' -> '' -> '' -> it closed the connection or did not speak HTTP",
            })
    void parsesNameVersionAndProblemOfThePingResponse(String answer, String name, String apiVersion, String problem)
            throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
            peer.readHead();
            peer.write(answer);
        })) {
            DaemonProbe probe = DaemonProbe.of(new UnixDaemon(daemon.socket()));

            assertThat(probe.answer()).isEqualTo(new DaemonProbe.Result(name, apiVersion, problem));
            assertThat(probe.isAnswering()).isEqualTo(problem.isEmpty());
            assertThat(daemon.takeHead()).startsWith("GET /_ping HTTP/1.1\r\n");
        }
    }

    @Test
    void missingSocketIsAProblem() {
        assertThat(DaemonProbe.of(new UnixDaemon(folder.resolve("missing.sock")))
                        .answer()
                        .problem())
                .isEqualTo("this socket does not exist. Is the daemon running, and is the socket mounted here?");
    }

    @Test
    void documentationNamesTheProbeInterval() throws IOException {
        assertThat(DaemonProbe.VALIDITY.toSeconds()).isEqualTo(2);
        assertThat(Files.readString(Path.of("docs/metrics.md")))
                .contains("asked every two seconds at most", "the daemon is asked every two seconds at most");
    }

    @Test
    void remembersThatTheDaemonHasAnswered() throws IOException {
        FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
        DaemonProbe probe = DaemonProbe.of(new UnixDaemon(daemon.socket()));
        assertThat(probe.hasAnswered()).isFalse();

        assertThat(probe.isAnswering()).isTrue();
        daemon.close();

        assertThat(probe.hasAnswered()).isTrue();
    }

    @Test
    void probesTheDaemonAtMostOnceInTwoSeconds() throws IOException {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")) {
            DaemonProbe probe = DaemonProbe.of(new UnixDaemon(daemon.socket()));
            long begin = System.nanoTime();
            int asked = 0;
            while (asked < 5 || System.nanoTime() - begin < 300_000_000 && asked < 10_000) {
                assertThat(probe.isAnswering()).isTrue();
                asked++;
            }
            long pairsOfSeconds = (System.nanoTime() - begin) / 2_000_000_000;
            assertThat(daemon.accepted()).isLessThan(asked).isLessThanOrEqualTo((int) pairsOfSeconds + 2);
        }
    }

    @Test
    void onlyOneCallerWaitsForAHangingDaemon() throws Exception {
        CountDownLatch isAsked = new CountDownLatch(1);
        CountDownLatch isOver = new CountDownLatch(1);
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
            isAsked.countDown();
            peer.readToEnd();
            isOver.countDown();
        })) {
            DaemonProbe probe = DaemonProbe.of(new UnixDaemon(daemon.socket()));
            Thread first = new Thread(probe::isAnswering);
            first.start();
            isAsked.await();

            assertThat(probe.answer().problem()).isEqualTo("it has not answered yet");
            assertThat(isOver.getCount()).as("the first caller still waits").isEqualTo(1);
            first.join(); // after the timeout of the probe
            isOver.await();
            assertThat(probe.answer().problem()).isEqualTo("it did not answer in time");
        }
    }
}
