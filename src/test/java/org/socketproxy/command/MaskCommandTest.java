package org.socketproxy.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.FakeDaemon;

/** The commands {@code explain} and {@code check} with {@code MASK}. */
class MaskCommandTest {
    @TempDir
    Path folder;

    private static String run(Map<String, String> environment, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        new CommandLine(environment, stream, stream).run(arguments);
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void explainNamesTheGroupsThatTheResponseHas() {
        Map<String, String> environment = Map.of("CONTAINERS", "1", "MASK", "env,args,tokens");

        assertThat(run(environment, "explain", "GET", "/containers/x/json")).endsWith("\nmasked     env, args\n");
        assertThat(run(environment, "explain", "--json", "GET", "/containers/json"))
                .contains("\"masked\" : [ \"args\" ]");
        assertThat(run(environment, "explain", "GET", "/containers/x/logs")).doesNotContain("masked");
        assertThat(run(Map.of("CONTAINERS", "1"), "explain", "GET", "/containers/x/json"))
                .doesNotContain("masked");
    }

    @Test
    void explainNamesTheVariables() {
        Map<String, String> environment =
                Map.of("CONTAINERS", "1", "MASK", "args,env:*KEY*|*PASS*", "MASK_KEEP", "env:KEY_ID");

        assertThat(run(environment, "explain", "GET", "/containers/x/json"))
                .endsWith("\nmasked     env:*KEY*|*PASS*, args\nkept       env:KEY_ID\n");
        assertThat(run(environment, "explain", "--json", "GET", "/containers/x/json"))
                .contains("\"masked\" : [ \"env:*KEY*|*PASS*\", \"args\" ]", "\"kept\" : [ \"env:KEY_ID\" ]");
        assertThat(run(environment, "explain", "GET", "/containers/json")).endsWith("\nmasked     args\n");
        assertThat(run(environment, "check"))
                .contains("\nMASK    env:*KEY*|*PASS*: values of environment variables")
                .contains(", if a pattern matches the name\n")
                .contains("\nMASK    MASK_KEEP=env:KEY_ID: values of environment variables with these names");
    }

    @Test
    void explainSaysWhichFilterAsksAboutAMaskedValue() {
        Map<String, String> environment = Map.of("EVENTS", "1", "MASK", "args,topology");
        String question = "/events?filters=%7B%22event%22:%5B%22exec_start:%20sh%22%5D%7D";

        assertThat(run(environment, "explain", "GET", question))
                .contains("masked-filter", "this value of the filter event compares values that MASK=args hides");
        assertThat(run(environment, "explain", "GET", "/events?filters=%7B%22event%22:%5B%22exec_start%22%5D%7D"))
                .contains("allowed by EVENTS=1");
        assertThat(run(environment, "check")).contains("\nMASK    topology: addresses of containers");
    }

    @Test
    void checkNamesTheGroupsAndTheOperationsThatCannotBeMasked() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.answering(folder, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")) {
            Map<String, String> environment =
                    Map.of("DOCKER_HOST", daemon.host(), "CONTAINERS", "1", "ALLOW_LOGS", "1", "MASK", "env,tokens");

            assertThat(run(environment, "check"))
                    .contains("\nMASK    env: values of environment variables")
                    .contains("\nMASK    tokens: ")
                    .doesNotContain("MASK    args")
                    .contains("\nNOTE    MASK cannot mask the responses of ContainerLogs, which are allowed");
            assertThat(run(environment, "check", "--json"))
                    .contains("\"masked\" : [ \"env\" ]")
                    .contains("MASK cannot mask the responses of ContainerLogs");
        }
    }
}
