package org.socketproxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.server.Program;
import org.socketproxy.testing.Certificates;

/** Tests the start report of the program for each kind of listener, and that it removes its socket files. */
class ListenIT {
    @TempDir
    Path temp;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tcp://127.0.0.1:0                               |",
                "tcp://127.0.0.1:0,tcp://localhost:0             |",
                "tcp://127.0.0.1:0,unix://TEMP/p.sock            |",
                "tcp://127.0.0.1:0,unix://TEMP/p.sock?mode=0666"
                        + " | unix://TEMP/p.sock?mode=0666 can be opened by every user who can access the file: set mode=0660 and a"
                        + " group",
                "tcp://127.0.0.1:0,tcp://0.0.0.0:0"
                        + " | tcp://0.0.0.0:0 can be reached from other machines or containers, without encryption or"
                        + " authentication: use a network that contains only the proxy's clients",
            })
    void warnsOfAddressesThatOthersCanReach(String listen, String warning) throws Exception {
        String out = withoutDaemonWarning(startAndStop(listen.replace("TEMP", temp.toString())));

        if (warning == null) {
            assertThat(out).doesNotContain("WARNING");
        } else {
            assertThat(out).containsOnlyOnce("WARNING");
            assertThat(out).contains("  WARNING: " + warning.replace("TEMP", temp.toString()) + "\n");
        }
        assertThat(temp).isEmptyDirectory();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tls://127.0.0.1:0 | no  |",
                "tls://0.0.0.0:0   | yes |",
                "tls://0.0.0.0:0   | no  | tls://0.0.0.0:0 can be reached from other machines or containers, and requires no"
                        + " client certificate: set TLS_CLIENT_CA",
            })
    void warnsOfPublicTlsWithoutClientCertificates(String listen, String requestsCertificate, String warning)
            throws Exception {
        Certificates files = Certificates.in(temp).server("server", "ca");
        Map<String, String> environment = new HashMap<>(environment("tcp://127.0.0.1:0," + listen));
        environment.put("TLS_CERT", files.file("server.pem").toString());
        environment.put("TLS_KEY", files.file("server-key.pem").toString());
        if (requestsCertificate.equals("yes")) {
            environment.put("TLS_CLIENT_CA", files.file("ca.pem").toString());
        }

        String out = withoutDaemonWarning(startAndStop(environment));

        assertThat(out).containsPattern("  listening    " + listen.replaceFirst(":0$", ":[1-9]\\\\d*") + "\n");
        assertThat(out.lines().filter(line -> line.contains("WARNING")).toList())
                .isEqualTo(warning == null ? List.of() : List.of("  WARNING: " + warning));
    }

    /** Removes the warning that the daemon does not answer. */
    private static String withoutDaemonWarning(Program.Outcome outcome) {
        return outcome.out().replaceFirst("  WARNING: the daemon does not answer: .*\n", "");
    }

    @Test
    void socketOfAKilledProxyIsReplaced() throws Exception {
        Path socket = temp.resolve("p.sock");
        String listen = "tcp://127.0.0.1:0,unix://" + socket;
        try (Program killed = Program.start(environment(listen))) {
            assertThat(killed.address()).isNotNull();
            killed.close();
            assertThat(killed.outcome().exitCode()).as("128 + SIGKILL").isEqualTo(137);
        }
        assertThat(socket).exists();

        assertThat(startAndStop(listen).out()).contains("  listening    unix://" + socket + "\n");
        assertThat(temp).isEmptyDirectory();
    }

    private static Program.Outcome startAndStop(String listen) throws Exception {
        return startAndStop(environment(listen));
    }

    private static Program.Outcome startAndStop(Map<String, String> environment) throws Exception {
        try (Program program = Program.start(environment)) {
            assertThat(program.address()).isNotNull();
            program.terminate();
            return program.outcome();
        }
    }

    private static Map<String, String> environment(String listen) {
        return Map.of("LISTEN", listen, "STATUS_LISTEN", "off");
    }
}
