package org.socketproxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.config.DaemonAddress;
import org.socketproxy.daemon.DaemonClient;
import org.socketproxy.daemon.DaemonProbe;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.Notices;

class DaemonStateLogIT {
    private static final String PONG = "HTTP/1.1 200 OK\r\nServer: Docker/28.5.2\r\nContent-Length: 2\r\n\r\nOK";
    private static final String MISSING =
            "this socket does not exist. Is the daemon running, and is the socket mounted here?";

    @TempDir
    Path folder;

    /** In a separate process, so that the test can read its log. */
    @Test
    void eachChangeOfTheStateIsLoggedOnce() throws Exception {
        Path socket = folder.resolve("daemon.sock");
        Map<String, String> environment =
                Map.of("LISTEN", "tcp://127.0.0.1:0", "STATUS_LISTEN", "off", "SOCKET_PATH", socket.toString());
        try (Program program = Program.start(environment)) {
            program.address();
            Files.createDirectory(socket);
            awaitLines(program, 1);
            Files.delete(socket);
            awaitLines(program, 2);
            FakeDaemon first = FakeDaemon.answering(folder, PONG);
            awaitLines(program, 3);
            first.close();
            awaitLines(program, 4);
            program.terminate();

            assertThat(Notices.withoutTimes(program.outcome().err()).lines())
                    .containsExactly(
                            "warn The daemon at unix://" + socket
                                    + " does not answer: this is a directory. Docker creates one if"
                                    + " the socket to mount does not exist: remove it, start the daemon, and recreate this"
                                    + " container",
                            "warn The daemon at unix://" + socket + " does not answer: " + MISSING,
                            "info The daemon at unix://" + socket + " answers: Docker 28.5.2",
                            "warn The daemon at unix://" + socket + " does not answer: " + MISSING);
        }
    }

    private static void awaitLines(Program program, int count) throws InterruptedException {
        while (program.errLines() < count) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    @Test
    void answeringDaemonIsProbedRarely() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, PONG)) {
            DaemonStateLog watch = new DaemonStateLog(
                    daemon.host(),
                    DaemonProbe.of(DaemonClient.daemonAt(new DaemonAddress.Unix(daemon.socket(), true), null)),
                    problem -> {});

            assertThat(watch.problem()).isEmpty();
            for (int poll = 0; poll < DaemonStateLog.POLLS_BETWEEN_PROBES; poll++) {
                watch.poll();
            }
            assertThat(daemon.accepted()).isEqualTo(1);
        }
    }
}
