package org.socketproxy.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.command.CommandLineTest.isJson;
import static org.socketproxy.command.CommandLineTest.run;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.command.CommandLineTest.Ran;

/** {@code explain} of a request without a body. */
class ExplainTest {
    @Test
    void explainPrintsOperationSectionDecisionAndMissingVariables() {
        assertThat(run(Map.of("CONTAINERS", "1"), "explain", "POST", "/v1.45/containers/web/exec"))
                .isEqualTo(new Ran(1, """
                        request    POST /v1.45/containers/web/exec
                        operation  ContainerExec (POST /containers/{id}/exec): prepares command to run inside the container
                        section    CONTAINERS, on
                        decision   denied (variable-missing)
                                   ContainerExec (POST /containers/{id}/exec) is not allowed: set CREATE=safe and EXEC=1 and POST=1 (EXEC=1 and POST=1 alone: root on the host)
                        """, ""));
    }

    @ParameterizedTest
    @CsvSource({
        "moby.buildkit.v1.frontend.LLBBridge/Solve, allowed by GRPC",
        "/moby.buildkit.v1.Control/Solve, allowed by GRPC",
        "containerd.services.content.v1.Content/Write, is never allowed",
        "moby.buildkit.v1.Control/Other, page not found",
    })
    void explainAcceptsAGrpcMethod(String method, String answer) {
        assertThat(run(Map.of("GRPC", "1", "POST", "1"), "explain", "grpc", method)
                        .out())
                .startsWith("request    POST /" + method.replaceFirst("^/", "") + "\n")
                .contains(answer);
    }

    @Test
    void explainPrintsTheVariablesThatAllowTheRequest() {
        Ran ran = run(Map.of("CONTAINERS", "1", "ALLOW_LOGS", "yes"), "explain", "GET", "/containers/web/logs");

        assertThat(ran.exitCode()).isZero();
        assertThat(ran.out()).contains("decision   allowed (section)\n", "allowed by CONTAINERS=1 and ALLOW_LOGS=1\n");
    }

    @Test
    void explainAcceptsOneArgument() {
        assertThat(run(Map.of(), "explain", "POST  /auth").out()).startsWith("request    POST /auth\n");
    }

    @Test
    void explainReadsNoFilesOfArguments() {
        assertThat(run(Map.of(), "explain", "GET", "@/etc/hostname").out())
                .startsWith("request    GET /@/etc/hostname\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "GET /auth /info", "curl -s -X POST http://d/auth"})
    void requestInAnotherFormIsRejected(String words) {
        Ran ran = run(Map.of(), "explain", words);

        assertThat(ran.exitCode()).isEqualTo(2);
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err()).startsWith("docker-socket-proxy: use a method and a path");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /nonsense, unlisted",
        "GET, /debug/vars, never",
        "GET, /%61, target-escape",
        "GET, http://d/containers/json, target-form",
        "GET, *, target-form",
    })
    void explainPrintsTheReasonIfNoVariableAllowsTheRequest(String method, String target, String reason) {
        Ran ran = run(Map.of(), "explain", method, target);

        assertThat(ran.exitCode()).isEqualTo(1);
        assertThat(ran.out()).contains("decision   denied (" + reason + ")");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "POST /images/x/push?destination=oci-archive:/etc/x | parameter-path",
                "POST /v1.23/containers/x/start | version-too-old",
            })
    void explainChecksParametersAndVersion(String request, String reason) {
        Ran ran = run(Map.of("CONTAINERS", "1", "IMAGES", "1", "POST", "1"), ("explain " + request).split(" "));

        assertThat(ran.out()).contains(" (" + reason + ")\n");
    }

    @Test
    void explainPrintsJson() throws Exception {
        Ran ran = run(Map.of(), "explain", "--json", "POST", "/containers/x/restart");

        assertThat(ran.exitCode()).isEqualTo(1);
        assertThat(isJson(ran.out())).isTrue();
        assertThat(ran.out())
                .contains("\"operation\" : \"ContainerRestart\"", "\"allowed\" : false", "\"ALLOW_RESTARTS\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "get"})
    void explainReadsAPathWithoutItsFirstSlashAndAMethodInAnyCase(String method) {
        Ran ran = run(Map.of("CONTAINERS", "1"), "explain", method, "containers/json");

        assertThat(ran.exitCode()).isZero();
        assertThat(ran.out()).startsWith("request    GET /containers/json\noperation  ContainerList ");
    }

    @Test
    void invalidRequestIsAnsweredWithAnExample() {
        Ran ran = run(Map.of(), "explain", "POST");

        assertThat(ran.exitCode()).isEqualTo(2);
        assertThat(ran.err()).contains("use a method and a path, such as: explain POST /v1.45/containers/web/exec");
    }
}
