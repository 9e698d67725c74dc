package org.socketproxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.Programs;

/** The built program refuses an inherited socket that is not the one of {@code LISTEN}. */
class InheritedSocketIT {
    /** Keeps a listening socket, as systemd does, and runs a command a number of times with it as standard input. */
    static final String KEEPER = """
            import signal, socket, subprocess, sys
            path = sys.argv[1]
            kept = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
            kept.bind(path or ("127.0.0.1", 0))
            kept.listen(1024)
            def stop(*_):
                program.terminate()
                sys.exit(1)
            signal.signal(signal.SIGTERM, stop)
            for i in range(int(sys.argv[2])):
                program = subprocess.Popen(sys.argv[3:], stdin=kept)
                if program.wait() != 143: sys.exit(2)
            """;

    private static final String CANNOT = "docker-socket-proxy: LISTEN=%s: cannot listen on this address, %s\n";

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "tcp://0.0.0.0:0?fd=0, ''",
        "tcp://:0?fd=0, ''",
        "tcp://127.0.0.1:1?fd=0, ''",
        "tcp://[::1]:0?fd=0, ''",
        "unix:///run/other.sock?fd=0, ''",
        "unix:///run/other.sock?fd=0, s",
        "tcp://127.0.0.1:0?fd=0, s",
    })
    void addressMustBeThatOfTheSocket(String listen, String file) throws Exception {
        Programs.assumeInstalled("python3");
        String path = file.isEmpty() ? "" : folder.resolve(file).toString();
        List<String> keeper = List.of("python3", "-c", KEEPER, path, "1");
        try (Program program = Program.start(keeper, Program.JAR, Program.with("LISTEN", listen))) {
            Program.Outcome outcome = program.outcome();
            assertThat(outcome.exitCode()).isEqualTo(2);
            assertThat(outcome.err().replaceFirst("(127.0.0.1:)\\d+[.]", "$1PORT."))
                    .isEqualTo(CANNOT.formatted(
                            listen,
                            "descriptor 0 is the socket "
                                    + (path.isEmpty() ? "tcp://127.0.0.1:PORT" : "unix://" + path)
                                    + ". Use this address, or change the socket unit"));
        }
    }

    @Test
    void aSocketMustBeThere() throws Exception {
        try (Program program = Program.start(Map.of("LISTEN", "tcp://127.0.0.1:0?fd=0", "STATUS_LISTEN", "off"))) {
            assertThat(program.outcome())
                    .isEqualTo(new Program.Outcome(
                            2,
                            "",
                            CANNOT.formatted(
                                    "tcp://127.0.0.1:0?fd=0",
                                    "descriptor 0 is not a listening socket. Start the proxy by a socket unit of systemd,"
                                            + " with StandardInput=socket in the service, or remove fd=0")));
        }
    }
}
