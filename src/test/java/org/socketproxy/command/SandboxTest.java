package org.socketproxy.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code sandbox} for a user who can open the socket of a daemon. */
class SandboxTest {
    @TempDir
    Path folder;

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(Path daemon, String... arguments) {
        PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
        return new picocli.CommandLine(new LeaseCommands.Sandbox(
                        Map.of("LEASES", folder.toString()), List.of(daemon.toString()), errors))
                .setStopAtPositional(true)
                .setErr(new PrintWriter(errors, true, StandardCharsets.UTF_8))
                .setExecutionExceptionHandler((failed, command, parsed) -> {
                    errors.println(failed.getMessage());
                    return CommandLine.UNUSABLE;
                })
                .execute(arguments);
    }

    @Test
    void openSocketOfADaemonIsAnError() throws Exception {
        Path daemon = folder.resolve("docker.sock");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(daemon));

            assertThat(run(daemon, "--", "true")).isEqualTo(CommandLine.UNUSABLE);
            assertThat(err.toString(StandardCharsets.UTF_8))
                    .contains(
                            "this user can open " + daemon
                                    + ", so that no lease confines the command: run it in a container of the lease (--in IMAGE)")
                    .doesNotContain("WARNING");
            assertThat(run(daemon, "--seat-belt", "true")).isEqualTo(CommandLine.UNUSABLE);
            assertThat(err.toString(StandardCharsets.UTF_8))
                    .contains("WARNING: this user can open " + daemon)
                    .contains("the proxy does not answer at " + folder.resolve("control.sock"));
        }
    }

    @Test
    void closedSocketIsNone() {
        assertThat(run(folder.resolve("none.sock"), "true")).isEqualTo(CommandLine.UNUSABLE);
        assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("the proxy does not answer at ");
    }

    /** A command in a container cannot open the socket of the host. */
    @Test
    void openSocketOfADaemonIsNoErrorWithIn() throws Exception {
        Path daemon = folder.resolve("docker.sock");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(daemon));

            assertThat(run(daemon, "--in", "busybox:local")).isEqualTo(CommandLine.UNUSABLE);
            assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("the proxy does not answer at ");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "--lease=a, name the command: sandbox … -- COMMAND",
        "--user=1000 true, Missing required argument(s): --in=IMAGE",
        "--memory=1g true, Missing required argument(s): --in=IMAGE"
    })
    void incompleteCommandIsAnError(String arguments, String sentence) {
        assertThat(run(folder.resolve("none.sock"), arguments.split(" "))).isEqualTo(CommandLine.UNUSABLE);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains(sentence);
    }
}
