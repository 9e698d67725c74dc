package org.socketproxy.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code explain --body} decides a body as the proxy would. */
class ExplainBodyTest {
    private static final Map<String, String> SAFE = Map.of("CONTAINERS", "1", "POST", "1", "CREATE", "safe");

    @TempDir
    Path folder;

    private record Ran(int exitCode, String out, String err) {}

    private static Ran run(Map<String, String> environment, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exitCode = new CommandLine(
                        environment,
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8))
                .run(arguments);
        return new Ran(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private String file(String body) throws IOException {
        return "--body=" + Files.writeString(folder.resolve("create.json"), body);
    }

    @Test
    void denialNamesTheFieldAndTheSetting() throws IOException {
        String body = file("{\"Image\":\"a\",\"HostConfig\":{\"Privileged\":true}}");

        assertThat(run(SAFE, "explain", body, "POST", "/containers/create")).isEqualTo(new Ran(1, """
                        request    POST /containers/create
                        operation  ContainerCreate (POST /containers/create): creates a container; the body may grant root on the host
                        section    CONTAINERS, on
                        decision   denied (create-field)
                                   HostConfig.Privileged is true, which CREATE=safe does not allow (CREATE_ALLOW=privileged would; it is root on the host)
                        """, ""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                       | 0 | allowed by CONTAINERS=1 and POST=1",
                "{\"Image\":\"a\"} x      | 1 | the body is not valid JSON",
                "{\"HostConfig\":{\"New\":1}} | 1 | HostConfig.New is a field that this proxy does not know",
            })
    void bodyIsDecided(String body, int exitCode, String sentence) throws IOException {
        Ran ran = run(SAFE, "explain", file(body), "POST", "/containers/create");

        assertThat(ran.exitCode()).isEqualTo(exitCode);
        assertThat(ran.out).contains(sentence);
    }

    @Test
    void withoutABodyExplainSaysThatItIsJudged() {
        Ran ran = run(SAFE, "explain", "POST", "/containers/create");

        assertThat(ran.exitCode()).isZero();
        assertThat(ran.out).contains("its body is judged too: give it with --body=FILE");
    }

    @Test
    void withoutCreateRulesTheBodyIsNotJudged() throws IOException {
        Map<String, String> environment = new HashMap<>(SAFE);
        environment.remove("CREATE");

        assertThat(run(
                                environment,
                                "explain",
                                file("{\"HostConfig\":{\"Privileged\":true}}"),
                                "POST",
                                "/containers/create")
                        .exitCode())
                .isZero();
    }

    @Test
    void jsonHasPointerAndRemedy() throws IOException {
        String body = file("{\"Image\":\"a\",\"HostConfig\":{\"CapAdd\":[\"SYS_ADMIN\"]}}");

        assertThat(run(SAFE, "explain", "--json", body, "POST", "/containers/create").out)
                .contains(
                        "\"pointer\" : \"/HostConfig/CapAdd/0\"",
                        "\"setting\" : \"CREATE_ALLOW\"",
                        "\"value\" : \"capabilities:SYS_ADMIN\"");
    }

    /** Explain does not know the containers that the proxy remembers, and the rights of a container. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST   | /containers/create?name=a        | {\"HostConfig\":{\"Privileged\":true}} | 1 | CREATE_ALLOW=recreate would",
                "POST   | /containers/create               | {\"HostConfig\":{\"Privileged\":true}} | 1 | -",
                "POST   | /containers/create?name=a&name=b | {\"HostConfig\":{\"Privileged\":true}} | 1 | -",
                "POST   | /containers/create?name=a        | {\"HostConfig\":{\"New\":true}}        | 1 | -",
                "POST   | /containers/create?name=a        | {\"Image\":\"r/x\"}                   | 0 | -",
                "POST   | /containers/a/start              | -  | 0 | CREATE=safe judges the container too, by the daemon's"
                        + " inspect, which explain does not ask for; CREATE_ALLOW=recreate also allows the start",
                "POST   | /containers/a/restart            | -  | 0 | CREATE=safe judges the container too",
                "POST   | /libpod/pods/p/start             | -  | 0 | CREATE=safe judges the pod and all its containers too",
                "DELETE | /containers/a                    | -  | 0 | with CREATE_ALLOW=recreate the proxy remembers",
                "GET    | /containers/json                 | -  | 0 | -",
            })
    void noteSaysWhatTheDecisionDependsOn(String method, String target, String body, int exitCode, String note)
            throws IOException {
        Map<String, String> environment = new HashMap<>(SAFE);
        environment.putAll(Map.of("CREATE_ALLOW", "recreate", "CREATE_IMAGES", "r/**", "LIBPOD_PODS", "1"));
        String[] arguments = body.equals("-")
                ? new String[] {"explain", method, target}
                : new String[] {"explain", file(body.replaceFirst("\\{\"H", "{\"Image\":\"r/x\",\"H")), method, target};

        Ran ran = run(environment, arguments);

        assertThat(ran.exitCode()).as(ran.out).isEqualTo(exitCode);
        if (note.equals("-")) {
            assertThat(ran.out).doesNotContain("note ");
        } else {
            assertThat(ran.out).contains("note       " + note);
        }
    }

    @Test
    void missingFileIsReported() {
        Ran ran = run(SAFE, "explain", "--body=" + folder.resolve("none"), "POST", "/containers/create");

        assertThat(ran.exitCode()).isEqualTo(2);
        assertThat(ran.err).contains("none");
    }

    @Test
    void operationThatIsDeniedAsAWholeIsDenied() {
        Ran ran = run(
                Map.of("LIBPOD_BUILD", "1", "POST", "1", "CREATE", "safe"), "explain", "POST", "/v5.0.0/libpod/build");

        assertThat(ran.exitCode()).isEqualTo(1);
        assertThat(ran.out)
                .contains("create-whole", "runs Dockerfiles that can take the network and files of the host");
    }

    @Test
    void namesForASessionAreNamed() {
        Map<String, String> environment =
                Map.of("SESSION", "1", "POST", "1", "BUILD_SECRETS", "npm", "BUILD_SSH", "none");
        String secret = "/moby.buildkit.secrets.v1.Secrets/GetSecret";

        assertThat(run(environment, "explain", "CALL", secret).out)
                .contains("\nnote       only for the names in BUILD_SECRETS=npm, which explain does not compare\n");
        assertThat(run(environment, "explain", "CALL", "/moby.sshforward.v1.SSH/ForwardAgent").out)
                .contains("BUILD_SSH=none");
        assertThat(run(environment, "explain", "CALL", "/moby.filesync.v1.Auth/Credentials").out)
                .doesNotContain("BUILD_");
        assertThat(run(Map.of("SESSION", "1", "POST", "1"), "explain", "CALL", secret).out)
                .contains("decision   allowed")
                .doesNotContain("BUILD_");
        assertThat(run(environment, "check").out).contains("\nBUILDS  BUILD_SECRETS=npm\nBUILDS  BUILD_SSH=none\n");
    }
}
