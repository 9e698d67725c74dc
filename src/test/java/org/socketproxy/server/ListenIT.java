package org.socketproxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The program on each kind of listener: what it says of them, and what it leaves behind. */
@Timeout(60)
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
                        + " | unix://TEMP/p.sock?mode=0666 is open to every user who can see the file: mode=0660 and a group"
                        + " would keep others out",
                "tcp://127.0.0.1:0,tcp://0.0.0.0:0"
                        + " | tcp://0.0.0.0:0 can be reached from other machines or containers, without encryption or login:"
                        + " keep it on a network of the proxy's clients alone",
            })
    void itWarnsOfAddressesThatAreOpenToOthers(String listen, String warning) throws Exception {
        String out = startAndStop(listen.replace("TEMP", temp.toString())).out();

        if (warning == null) {
            assertThat(out).doesNotContain("WARNING");
        } else {
            assertThat(out).containsOnlyOnce("WARNING");
            assertThat(out).contains("  WARNING: " + warning.replace("TEMP", temp.toString()) + "\n");
        }
        assertThat(temp).isEmptyDirectory();
    }

    @Test
    void theSocketOfAProxyThatWasKilledIsReplaced() throws Exception {
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
        try (Program program = Program.start(environment(listen))) {
            assertThat(program.address()).isNotNull();
            program.terminate();
            return program.outcome();
        }
    }

    private static Map<String, String> environment(String listen) {
        return Map.of("LISTEN", listen, "STATUS_LISTEN", "off");
    }
}
