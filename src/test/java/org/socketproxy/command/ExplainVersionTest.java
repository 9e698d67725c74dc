package org.socketproxy.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code explain} shows the request target that {@code API_VERSION} forwards. */
class ExplainVersionTest {
    private static final String AUTO = "forwarded  with the lowest API version that the daemon accepts";

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "auto | API     requests of old clients are forwarded with the lowest API version that the daemon accepts",
                "1.44 | API     requests of old clients are forwarded with API version 1.44",
            })
    void checkNamesTheVersion(String version, String line) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
        Map<String, String> environment =
                Map.of("SOCKET_PATH", folder.resolve("none.sock").toString(), "API_VERSION", version);

        new CommandLine(environment, printed, printed).run(new String[] {"check"});

        assertThat(out.toString(StandardCharsets.UTF_8)).contains("\n" + line + "\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "1.44 | GET /v1.24/containers/json?all=1 | -          | 0 | forwarded  /v1.44/containers/json?all=1",
                "1.44 | GET /v1.44/containers/json       | -          | 0 | -",
                "1.44 | GET /containers/json             | -          | 0 | -",
                "1.44 | POST /v1.41/volumes/prune        | -          | 0 | -",
                "1.44 | GET /v1.23/containers/json       | -          | 1 | -",
                "1.44 | GET /v1.24/secrets               | -          | 1 | -",
                "1.44 | POST /v1.41/containers/create    | {'Image':'a'} | 0 | forwarded  /v1.44/containers/create",
                "1.44 | POST /v1.41/containers/create    | {'HostConfig':{'ConsoleSize':[1,2]}} | 0 | -",
                "auto | GET /v1.24/containers/json       | -          | 0 | ~" + AUTO + "~",
                "auto | GET /containers/json             | -          | 0 | -",
                "~~   | GET /v1.24/containers/json       | -          | 0 | -",
            })
    void forwardedTargetIsShown(String version, String request, String body, int expected, String line)
            throws Exception {
        List<String> arguments = new ArrayList<>(List.of("explain"));
        if (!body.equals("-")) {
            arguments.add("--body=" + Files.writeString(folder.resolve("body.json"), body.replace('\'', '"')));
        }
        arguments.addAll(List.of(request.split(" ")));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
        Map<String, String> environment =
                Map.of("CONTAINERS", "1", "VOLUMES", "1", "POST", "1", "API_VERSION", version);

        int exitCode = new CommandLine(environment, printed, printed).run(arguments.toArray(new String[0]));

        String text = out.toString(StandardCharsets.UTF_8);
        assertThat(exitCode).as(text).isEqualTo(expected);
        if (line.equals("-")) {
            assertThat(text).doesNotContain("forwarded ");
        } else {
            assertThat(text).contains("\n" + line);
        }
    }
}
