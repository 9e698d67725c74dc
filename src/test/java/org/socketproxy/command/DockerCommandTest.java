package org.socketproxy.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;

class DockerCommandTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    static List<DockerCommand> commands() {
        return DockerCommand.load();
    }

    private static List<RequestLine> requests(String command) {
        return DockerCommand.requests(Arrays.asList(command.split(" ")), CATALOGUE);
    }

    @ParameterizedTest
    @MethodSource("commands")
    void eachRequestIsOfItsOperation(DockerCommand command) throws Exception {
        for (String call : command.calls()) {
            RequestLine request = DockerCommand.request(call, List.of("web"), CATALOGUE);

            assertThat(CATALOGUE.find(request.method(), RequestTarget.parse(request.target())))
                    .map(operation -> operation.id())
                    .contains(call.replaceAll("^[<*]|\\?.*", ""));
        }
    }

    /** Conditions come before the row that has none. */
    @Test
    void eachCommandHasOneRowWithoutCondition() {
        Set<String> complete = new HashSet<>();
        for (DockerCommand command : commands()) {
            assertThat(command.names()).noneMatch(complete::contains);
            if (command.when() == null) {
                complete.addAll(command.names());
            }
        }
        assertThat(complete)
                .containsAll(commands().stream()
                        .flatMap(command -> command.names().stream())
                        .toList());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "docker restart c1 | POST /containers/c1/restart",
                "docker container restart -t 3 c1 | POST /containers/c1/restart",
                "docker -H tcp://a:2375 --debug ps -a | GET /containers/json",
                "docker logs --tail 10 -f web | GET /containers/web/json, GET /containers/web/logs",
                "docker exec -it web ls -l | GET /containers/web/json, POST /containers/web/exec, POST /exec/NAME/start, GET /exec/NAME/json",
                "docker run -d nginx | POST /containers/create, POST /containers/NAME/wait, POST /containers/NAME/start",
                "docker pull ghcr.io/a/b:1 | POST /images/create?fromImage=ghcr.io%2Fa%2Fb%3A1",
                "docker push ghcr.io/a/b:1 | POST /images/ghcr.io/a/b:1/push",
                "docker cp web:/etc/x . | GET /containers/web/archive",
                "docker cp ./x web:/etc | HEAD /containers/web/archive, PUT /containers/web/archive",
                "docker compose -f a.yaml -p b stop | GET /containers/json, POST /containers/NAME/stop",
                "docker-compose -f a.yaml stop | GET /containers/json, POST /containers/NAME/stop",
                "docker run -h web -d nginx | POST /containers/create, POST /containers/NAME/wait, POST /containers/NAME/start",
                "docker network connect n1 c1 | POST /networks/n1/connect",
                "docker stats | GET /events, GET /containers/json, GET /containers/NAME/stats",
                "docker rm a/../b?x | DELETE /containers/a/../b%3Fx",
            })
    void aCommandBecomesItsRequests(String command, String requests) {
        assertThat(requests(command).stream()
                        .map(request -> request.method() + " " + request.target())
                        .collect(Collectors.joining(", ")))
                .isEqualTo(requests);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "docker restrat c1       | no requests are known for docker restrat; did you mean restart?",
                "docker container lss    | no requests are known for docker container lss; did you mean container ls?",
                "docker compose -f x dwn | no requests are known for docker compose dwn; did you mean compose down?",
                "docker context ls       | no requests are known for docker context; use a method and a path, such as: explain GET /info",
                "docker                  | no requests are known for docker ; use a method and a path",
                "docker -H               | no requests are known for docker ; use a method and a path",
                "docker-compose dwn      | no requests are known for docker compose dwn; did you mean compose down?",
                "docker-compose          | no requests are known for docker compose; use a method and a path",
                "docker compose          | no requests are known for docker compose; use a method and a path",
            })
    void anUnknownCommandIsNamed(String command, String message) {
        assertThatThrownBy(() -> requests(command))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void explainPrintsEachRequestAndTheCommand() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
        CommandLine line = new CommandLine(Map.of("CONTAINERS", "1"), printed, printed);

        assertThat(line.run("explain", "docker", "logs", "-f", "--tail=5", "web"))
                .isEqualTo(1);
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("""
                request    GET /containers/web/json
                operation  ContainerInspect (GET /containers/{id}/json): complete container config including environment variables
                section    CONTAINERS, on
                decision   allowed (section)
                           allowed by CONTAINERS=1

                request    GET /containers/web/logs
                operation  ContainerLogs (GET /containers/{id}/logs): stdout/stderr log lines, optionally follows
                section    CONTAINERS, on
                decision   denied (variable-missing)
                           ContainerLogs (GET /containers/{id}/logs) is not allowed: set ALLOW_LOGS=1

                command    docker logs -f --tail=5 web: denied: GET /containers/web/logs
                """);
        assertThat(line.run("explain", "docker restart web")).isEqualTo(1);
        assertThat(line.run("explain", "docker", "ps")).isZero();
        assertThat(line.run("explain", "docker", "rn", "x")).isEqualTo(2);
        assertThat(line.run("explain", "--body=x.json", "docker", "ps")).isEqualTo(2);
    }

    /** The option may follow the command. */
    @ParameterizedTest
    @CsvSource({"--json docker logs -f web", "docker logs -f web --json", "docker-compose logs --json"})
    void explainPrintsACommandAsJson(String arguments) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
        List<String> words = new ArrayList<>(List.of(arguments.split(" ")));
        words.add(0, "explain");

        int denied = new CommandLine(Map.of("CONTAINERS", "1"), printed, printed).run(words.toArray(String[]::new));

        JsonNode json = new ObjectMapper().readTree(out.toString(StandardCharsets.UTF_8));
        assertThat(denied).isEqualTo(1);
        assertThat(json.get("command").asText()).isEqualTo(arguments.replaceFirst(" ?--json ?", ""));
        assertThat(json.get("allowed").asBoolean()).isFalse();
        assertThat(json.get("requests").findValuesAsText("operation")).last().isEqualTo("ContainerLogs");
        assertThat(json.get("requests").get(0).get("allowed").asBoolean()).isTrue();
    }
}
