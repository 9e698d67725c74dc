package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.DaemonObjects;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;
import org.socketproxy.testing.RealDocker;

/** A client that is confined to {@code owner=ci}, on a real dockerd that has objects of others too. */
class TargetIT {
    private static final String IMAGE = RealDocker.IMAGE;

    @TempDir
    static Path folder;

    private static RealDocker docker;
    private static ProxyUnderTest proxy;

    @BeforeAll
    static void start() {
        docker = RealDocker.get();
        Map<String, String> settings = new HashMap<>();
        for (Variable variable : Variables.load().all()) {
            settings.put(variable.name(), "1");
        }
        settings.put("CREATE", "safe");
        settings.put("CREATE_ALLOW", "join-container,volumes-from");
        settings.put("TARGETS", "label:owner=ci,images:reference:busybox");
        proxy = ProxyUnderTest.with(docker.socket(), settings);
        direct("docker network create --driver bridge --label owner=other foreign-n"
                + " && docker volume create --label owner=other foreign-v"
                + " && docker run -d --name foreign-c --label owner=other --network none -v foreign-v:/v " + IMAGE
                + " sleep 1000 && docker tag " + IMAGE + " foreign-i:1");
    }

    @AfterAll
    static void stop() throws IOException {
        if (proxy == null) {
            return;
        }
        proxy.close();
        docker.cli(folder, Map.of())
                .script("docker ps -aq --filter label=owner | xargs -r docker rm -fv; docker rmi foreign-i:1;"
                        + " docker network ls -q --filter label=owner | xargs -r docker network rm;"
                        + " docker volume ls -q --filter label=owner | xargs -r docker volume rm");
    }

    private static String direct(String script) {
        Cli.Result result = docker.cli(folder, Map.of()).script(script);
        assertThat(result.exitCode()).as(result.stderr()).isZero();
        return result.stdout();
    }

    private static Cli.Result confined(String script) {
        return docker.cli(folder, Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + proxy.port()))
                .script(script);
    }

    private static String succeeding(String script) {
        Cli.Result result = confined(script);
        assertThat(result.exitCode()).as(result.stderr()).isZero();
        return result.stdout();
    }

    private static RawResponse send(RawClient client, String request) throws IOException {
        try (client) {
            String body = request.contains("/exec") && request.startsWith("POST") ? "{\"Cmd\":[\"true\"]}" : "";
            client.send(request + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: "
                    + body.length() + "\r\n\r\n" + body);
            return client.readAnswer(request.split(" ")[0]);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /containers/NAME-c/json",
                "GET /containers/NAME-c/top",
                "GET /containers/NAME-c/logs?stdout=1",
                "GET /containers/NAME-c/changes",
                "GET /containers/NAME-c/export",
                "GET /containers/NAME-c/stats?stream=0",
                "GET /containers/NAME-c/archive?path=%2F",
                "HEAD /containers/NAME-c/archive?path=%2F",
                "POST /containers/NAME-c/start",
                "POST /containers/NAME-c/stop",
                "POST /containers/NAME-c/restart",
                "POST /containers/NAME-c/kill",
                "POST /containers/NAME-c/pause",
                "POST /containers/NAME-c/unpause",
                "POST /containers/NAME-c/rename?name=x",
                "POST /containers/NAME-c/wait",
                "POST /containers/NAME-c/resize?h=1&w=1",
                "POST /containers/NAME-c/attach?stream=1&stdout=1",
                "POST /containers/NAME-c/exec",
                "DELETE /containers/NAME-c?force=1",
                "GET /exec/NAME-e/json",
                "POST /exec/NAME-e/resize?h=1&w=1",
                "GET /images/NAME-i:1/json",
                "GET /images/NAME-i:1/history",
                "GET /images/NAME-i:1/get",
                "POST /images/NAME-i:1/tag?repo=busybox&tag=2",
                "DELETE /images/NAME-i:1",
                "DELETE /networks/NAME-n",
                "DELETE /volumes/NAME-v?force=1",
                "POST /commit?container=NAME-c&repo=busybox&tag=3",
                "GET /containers/json?all=1&filters=%7B%22before%22:%5B%22NAME-c%22%5D%7D",
                "GET /containers/json?all=1&filters=%7B%22since%22:%5B%22NAME-c%22%5D%7D",
                "GET /containers/json?all=1&filters=%7B%22ancestor%22:%5B%22NAME-i:1%22%5D%7D",
                "GET /images/json?filters=%7B%22before%22:%5B%22NAME-i:1%22%5D%7D",
                "GET /images/json?filters=%7B%22since%22:%5B%22NAME-i:1%22%5D%7D",
            })
    void objectOfOthersHasTheDaemonsOwnWordsForAMissingOne(String request) throws IOException {
        SortedSet<String> before = DaemonObjects.of(docker.socket());
        RawResponse own = send(RawClient.connect(docker.socket()), request.replace("NAME", "missing"));
        RawResponse foreign = send(proxy.connect(), request.replace("NAME", "foreign"));

        assertThat(foreign.body()).isEqualTo(own.body().replace("missing", "foreign"));
        assertThat(foreign.status()).isEqualTo(own.status());
        assertThat(contentType(foreign)).isEqualTo(contentType(own));
        assertThat(DaemonObjects.of(docker.socket())).isEqualTo(before);
    }

    @Test
    void committedImageBelongsToTheProfile() {
        succeeding("docker create --name ci-commit --network none " + IMAGE + " true"
                + " && docker commit ci-commit busybox:committed && docker image inspect busybox:committed"
                + " && docker rmi busybox:committed");
        assertThat(confined("docker commit ci-commit foreign-i:1").stderr()).contains("needs a name");
        assertThat(confined("docker commit ci-commit").stderr()).contains("needs a name");
    }

    @Test
    void ownObjectsAreAcceptedInFilters() {
        succeeding("docker create --name ci-first --network none " + IMAGE + " true"
                + " && docker create --name ci-second --network none " + IMAGE + " true");

        assertThat(succeeding("docker ps -a --format '{{.Names}}' --filter since=ci-first"))
                .contains("ci-second")
                .doesNotContain("ci-first");
        assertThat(succeeding("docker ps -a --format '{{.Names}}' --filter ancestor=" + IMAGE))
                .contains("ci-first", "ci-second")
                .doesNotContain("foreign");
        assertThat(succeeding("docker ps -a --format '{{.Names}}' --filter ancestor=foreign-i:1"))
                .isEmpty();
        assertThat(confined("docker ps -a --filter before=foreign-c").stderr())
                .contains("No such container: foreign-c");
    }

    private static String contentType(RawResponse response) {
        Matcher type = Pattern.compile("(?i)\r\nContent-Type: ([^\r]*)").matcher(response.head());
        return type.find() ? type.group(1) : "";
    }

    @Test
    void confinedClientWorksWithItsObjects() {
        succeeding("docker volume create own-v");
        succeeding("docker network create --driver bridge own-n");
        succeeding("docker run -d --name own-c --network own-n -v own-v:/v -v fresh-v:/f " + IMAGE + " sleep 1000");

        assertThat(succeeding("docker exec own-c echo hello").strip()).isEqualTo("hello");
        assertThat(succeeding("docker logs own-c; docker stop -t 0 own-c; docker start own-c")
                        .strip())
                .isEqualTo("own-c\nown-c");
        succeeding(
                "docker rename own-c own-d && docker network disconnect own-n own-d && docker network connect own-n own-d");
        succeeding("docker tag " + IMAGE + " busybox:other && docker rmi busybox:other");
        assertThat(direct("docker inspect own-d --format '{{.Config.Labels.owner}}';"
                        + " docker volume inspect own-v fresh-v --format '{{.Labels.owner}}';"
                        + " docker network inspect own-n --format '{{.Labels.owner}}'"))
                .isEqualTo("ci\nci\nci\nci\n");
        succeeding("docker run --rm --network container:own-d --volumes-from own-d " + IMAGE + " true");
        succeeding("docker rm -f own-d && docker volume rm own-v fresh-v && docker network rm own-n");
    }

    @ParameterizedTest
    @CsvSource({
        "docker run --rm --network foreign-n IMAGE true, network foreign-n not found",
        "docker run --rm --network container:foreign-c IMAGE true, No such container: foreign-c",
        "docker run --rm --pid container:foreign-c IMAGE true, No such container: foreign-c",
        "docker run --rm --volumes-from foreign-c IMAGE true, No such container: foreign-c",
        "docker run --rm -v foreign-v:/v IMAGE true, no such volume",
        "docker create --pull never foreign-i:1, No such image: foreign-i:1",
        "docker volume create foreign-v, conflict",
        "docker exec foreign-c true, No such container: foreign-c",
        "docker rename foreign-c own-x, No such container: foreign-c",
        "docker run --rm --label owner=other IMAGE cat /missing, No such file",
        "docker pull alpine, socket-proxy: ImageCreate needs a name with its tag",
        "docker tag IMAGE alpine:1, socket-proxy: ImageTag needs a name",
    })
    void objectsOfOthersAreNotUsed(String line, String message) throws IOException {
        SortedSet<String> before = DaemonObjects.of(docker.socket());
        Cli.Result result = confined(line.replace("IMAGE", IMAGE));

        assertThat(result.exitCode()).isNotZero();
        assertThat(result.stderr()).contains(message);
        assertThat(DaemonObjects.of(docker.socket())).isEqualTo(before);
    }

    /** The daemon looks for the name of a network when a container starts. */
    @Test
    void networkThatTakesTheNameBeforeTheStartIsNotJoined() {
        succeeding("docker network create --driver bridge swap-n && docker create --name swap-c --network swap-n "
                + IMAGE + " sleep 1000");
        direct("docker network rm swap-n && docker network create --driver bridge --label owner=other swap-n");

        assertThat(confined("docker start swap-c").exitCode()).isNotZero();
        assertThat(direct("docker inspect swap-c --format '{{.State.Running}}'").strip())
                .isEqualTo("false");
    }

    /** The name belongs to a container of others when the request arrives, and to an own one before and after. */
    @Test
    void renamesNeverMoveARequestToAContainerOfOthers() throws Exception {
        succeeding("docker create --name race-a --network none " + IMAGE + " true");
        direct("docker create --name race-b --label owner=other --network none " + IMAGE + " true");
        Thread swapping = new Thread(() -> {
            for (int i = 0; i < 10; i++) {
                docker.cli(folder, Map.of())
                        .script("docker rename race-a race-c; docker rename race-b race-a;"
                                + " docker rename race-a race-b; docker rename race-c race-a");
            }
        });
        swapping.start();
        int changed = 0;
        while (swapping.isAlive()) {
            try (RawClient client = proxy.connect()) {
                String body = "{\"Memory\":67108864,\"MemorySwap\":134217728}";
                client.send("POST /containers/race-a/update HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                        + "Content-Length: " + body.length() + "\r\n\r\n" + body);
                changed += client.readAnswer("POST").status() == 200 ? 1 : 0;
            }
        }
        swapping.join();

        assertThat(changed).isPositive();
        assertThat(direct("docker inspect race-b --format '{{.HostConfig.Memory}}'")
                        .strip())
                .isEqualTo("0");
    }
}
