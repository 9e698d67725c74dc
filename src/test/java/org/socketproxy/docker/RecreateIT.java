package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;
import org.socketproxy.testing.RealDocker;

/** {@code CREATE_ALLOW=recreate} and ids as names, on a real dockerd. */
@Tag("thorough")
class RecreateIT {
    private static final String NAME = "recreate-it";
    private static final String CONFIGURED = "--network recreate-it --label of=configured ";

    @TempDir
    static Path folder;

    private static RealDocker docker;
    private static ProxyUnderTest proxy;

    @BeforeAll
    static void start() {
        docker = RealDocker.get();
        // An image with a value for each field that containers take from it.
        Cli.Result image =
                direct("docker create --name recreate-image --network none busybox:local true && docker commit"
                        + " -c 'USER 7' -c 'ENV A=1 B=2' -c 'ENTRYPOINT [\"sleep\"]' -c 'CMD [\"1000\"]' -c 'LABEL l=1 m=2'"
                        + " -c 'WORKDIR /tmp' -c 'STOPSIGNAL SIGINT' -c 'EXPOSE 80 81' -c 'VOLUME /v'"
                        + " -c 'HEALTHCHECK --interval=30s CMD true' recreate-image busybox:configured;"
                        + " docker rm recreate-image");
        assertThat(image.exitCode()).as(image.stderr()).isZero();
        proxy = ProxyUnderTest.before(
                "unix://" + docker.socket(),
                Map.of("CREATE", "safe", "CREATE_ALLOW", "recreate", "CREATE_IMAGES", "busybox"));
    }

    @AfterEach
    void remove() {
        direct("docker rm -f " + NAME + "; docker network rm recreate-it recreate-it2; docker volume rm recreate-it");
    }

    @AfterAll
    static void stop() {
        if (proxy != null) {
            proxy.close();
            direct("docker rmi busybox:configured");
        }
    }

    private static Cli.Result direct(String script) {
        return docker.cli(folder, Map.of()).script(script);
    }

    private static RawResponse ask(RawClient connection, String method, String target, String body) throws IOException {
        String bytes = new String(body.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        try (RawClient client = connection) {
            client.send(method + " " + target + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                    + "Content-Length: " + bytes.length() + "\r\n\r\n" + bytes);
            return client.readAnswer(method);
        }
    }

    private static RawResponse ask(String method, String target, String body) throws IOException {
        return ask(proxy.connect(), method, target, body);
    }

    /** The members of a description that an updater sends back. */
    private static String body(String inspect) {
        String config = member(inspect, "Config");
        return config.substring(0, config.length() - 1) + ",\"HostConfig\":" + member(inspect, "HostConfig") + "}";
    }

    /** The daemon writes no brace within a string of these containers. */
    private static String member(String json, String name) {
        int begin = json.lastIndexOf("\"" + name + "\":{") + name.length() + 3;
        int depth = 0;
        int end = begin;
        do {
            char c = json.charAt(end++);
            depth += c == '{' ? 1 : c == '}' ? -1 : 0;
        } while (depth > 0);
        return json.substring(begin, end);
    }

    @Test
    void updaterCreatesAPrivilegedContainerAgainButCannotEnterIt() throws Exception {
        Cli.Result made = direct("docker run -d --privileged --network none --volume /etc:/host:ro --name " + NAME
                + " busybox:local sleep 1000");
        assertThat(made.exitCode()).as(made.stderr()).isZero();
        String body = body(ask("GET", "/containers/" + NAME + "/json", "").body());
        String create = "/containers/create?name=" + NAME;
        assertThat(ask("POST", create, body).status()).isEqualTo(403);

        assertThat(ask("POST", "/containers/" + NAME + "/stop?t=0", "").status())
                .isEqualTo(204);
        assertThat(ask("DELETE", "/containers/" + NAME, "").status()).isEqualTo(204);
        assertThat(ask("POST", create, body.replace("\"sleep\"", "\"yes\"")).status())
                .isEqualTo(403);
        assertThat(ask("POST", create, body.replace("/etc:/host:ro", "/etc:/host"))
                        .status())
                .isEqualTo(403);
        RawResponse created = ask("POST", create, body);

        assertThat(created.status()).as(created.body()).isEqualTo(201);
        assertThat(ask("POST", "/containers/" + NAME + "/start", "").status()).isEqualTo(204);
        assertThat(direct("docker inspect --format '{{.HostConfig.Privileged}} {{.State.Running}}' " + NAME)
                        .stdout())
                .isEqualTo("true true\n");
        assertThat(ask("POST", "/containers/" + NAME + "/exec", "{\"Cmd\":[\"true\"]}")
                        .status())
                .isEqualTo(403);
    }

    /** Containers that the rules deny, and one that they allow: also its inspect has values that a client may not choose. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "--network recreate-it",
                "--network recreate-it --network-alias other --privileged --volume /etc:/host:ro",
                "--network recreate-it -p 127.0.0.1::80 --memory 64m --restart always --volume recreate-it:/v",
                "--network recreate-it --ip 10.199.0.77 --mac-address 02:42:ac:11:00:77 --cap-add SYS_ADMIN",
                "--network none --pid host --security-opt seccomp=unconfined --device /dev/null",
                "--network host --env A=1 --label l=m --user 7 --workdir /tmp --entrypoint sleep",
                CONFIGURED + "--privileged",
                CONFIGURED + "--pid host --user 0 --env A=2 --label l=2 --workdir / --stop-signal KILL --volume /w"
                        + " --health-interval 40s --expose 82",
                CONFIGURED + "--cap-add SYS_ADMIN --entrypoint /bin/sleep --health-cmd false --publish 127.0.0.1::81",
            })
    void watchtowerReplacesAContainer(String options) throws Exception {
        boolean isConfigured = options.startsWith(CONFIGURED);
        String image = isConfigured ? "busybox:configured" : "busybox:local";
        String command = options.contains("--entrypoint") ? "1000" : isConfigured ? "" : "sleep 1000";
        Cli.Result made =
                direct("docker network create --subnet 10.199.0.0/24 recreate-it; docker network create recreate-it2;"
                        + "docker run -d --name " + NAME + " " + options + " " + image + " " + command
                        + (options.startsWith("--network recreate-it")
                                ? " && docker network connect recreate-it2 " + NAME
                                : ""));
        assertThat(made.exitCode()).as(made.stderr()).isZero();
        Map<String, Object> before =
                WatchtowerCalls.rights(direct("docker inspect " + NAME).stdout());

        assertThat(new WatchtowerCalls(RealDocker.get(), proxy).replace(NAME)).isEmpty();

        assertThat(WatchtowerCalls.rights(direct("docker inspect " + NAME).stdout()))
                .isEqualTo(before);
    }

    /** The rules allow the container that an updater has started, and an update by its id is recorded all the same. */
    @Test
    void watchtowerReplacesAContainerTwice() throws Exception {
        Cli.Result made = direct("docker network create recreate-it; docker run -d --network recreate-it --name " + NAME
                + " busybox:local sleep 1000");
        assertThat(made.exitCode()).as(made.stderr()).isZero();

        assertThat(new WatchtowerCalls(RealDocker.get(), proxy).replace(NAME)).isEmpty();
        assertThat(new WatchtowerCalls(RealDocker.get(), proxy).replace(NAME)).isEmpty();
    }

    /** An updater fails before it destroys; without the requirement the page and the log warn. */
    @Test
    void containerThatCannotBeCreatedAgainIsKept() throws Exception {
        direct("docker run -d --network none --volume /etc:/host --name " + NAME + " busybox:local sleep 1000;"
                + "docker run -d --memory 64m --publish 127.0.0.1::80 --volume recreate-it:/v --name " + NAME
                + "-plain busybox:local sleep 1000");
        try (ProxyUnderTest requiring = ProxyUnderTest.before(
                        "unix://" + docker.socket(),
                        Map.of("CREATE", "safe", "CREATE_REQUIRE", "recreatable,memory", "CREATE_ALLOW", "ports"));
                ProxyUnderTest warning = ProxyUnderTest.before("unix://" + docker.socket(), Map.of("CREATE", "safe"))) {
            List<String> refused = new WatchtowerCalls(RealDocker.get(), requiring).replace(NAME);
            assertThat(refused).isNotEmpty();
            assertThat(refused.get(0)).contains("/kill", "CREATE_REQUIRE has recreatable", "CREATE_ALLOW=recreate");
            assertThat(direct("docker inspect --format '{{.State.Running}}' " + NAME)
                            .stdout())
                    .isEqualTo("true\n");
            assertThat(ask(requiring.connect(), "POST", "/containers/" + NAME + "-plain/stop?t=0", "")
                            .status())
                    .isEqualTo(204);

            assertThat(ask(warning.connect(), "POST", "/containers/" + NAME + "/stop?t=0", "")
                            .status())
                    .isEqualTo(204);
        } finally {
            direct("docker rm -f " + NAME + "-plain");
        }
    }

    /** The updaters read masked descriptions, and the daemon gets the values of the container that they have removed. */
    @ParameterizedTest
    @CsvSource({"true, 1", "false, 1", "true, 'env:b,paths'", "false, 'env:b,paths'"})
    void maskedValuesAreFilledFromTheRemovedContainer(boolean isWatchtower, String mask) throws Exception {
        String options =
                " --env B=hidden-value --env C=other --label n=1 --entrypoint sleep --health-cmd true --volume /etc:/etc2"
                        + " --privileged --network none --name ";
        Cli.Result made = direct("docker run -d" + options + NAME + " busybox:configured 1000");
        assertThat(made.exitCode()).as(made.stderr()).isZero();
        Map<String, Object> before =
                WatchtowerCalls.rights(direct("docker inspect " + NAME).stdout());
        try (ProxyUnderTest masking = ProxyUnderTest.before(
                "unix://" + docker.socket(),
                Map.of("CREATE", "safe", "CREATE_ALLOW", "recreate", "CREATE_IMAGES", "busybox", "MASK", mask))) {
            if (isWatchtower) {
                assertThat(new WatchtowerCalls(RealDocker.get(), masking).replace(NAME))
                        .isEmpty();
            } else {
                String body = body(ask(masking.connect(), "GET", "/containers/" + NAME + "/json", "")
                        .body());
                assertThat(body).doesNotContain("hidden-value", "/etc:").contains("***masked");
                String create = "/containers/create?name=" + NAME;
                assertThat(ask(masking.connect(), "DELETE", "/containers/" + NAME + "?force=1", "")
                                .status())
                        .isEqualTo(204);
                RawResponse other = ask(masking.connect(), "POST", create, body.replace("\"n\":\"1\"", "\"n\":\"2\""));
                assertThat(other.status()).isEqualTo(403);
                assertThat(other.body()).doesNotContain("hidden-value", "/etc");
                RawResponse created = ask(masking.connect(), "POST", create, body);
                assertThat(created.status()).as(created.body()).isEqualTo(201);
                assertThat(ask(masking.connect(), "POST", "/containers/" + NAME + "/start", "")
                                .status())
                        .isEqualTo(204);
            }
        }

        assertThat(WatchtowerCalls.rights(direct("docker inspect " + NAME).stdout()))
                .isEqualTo(before);
    }

    /** The daemon takes a missing field from the image, which has none or another value. */
    @ParameterizedTest
    @ValueSource(
            strings = {"User", "Env", "Cmd", "Entrypoint", "Labels", "Healthcheck", "StopSignal", "WorkingDir", "Tty"})
    void fieldThatIsLeftOutIsDeniedUnlessTheImageHasItsValue(String field) throws Exception {
        String create = "/containers/create?name=" + NAME;
        String run = "docker run -d --privileged --network none --user 1 --env C=3 --label n=3 --entrypoint /bin/sleep"
                + " --health-cmd false --stop-signal KILL --workdir / -t --name " + NAME;
        for (String image : List.of("busybox:local", "busybox:configured")) {
            Cli.Result made = direct(run + " " + image + " 1000");
            assertThat(made.exitCode()).as(made.stderr()).isZero();
            String body = body(ask("GET", "/containers/" + NAME + "/json", "").body());
            String without = WatchtowerCalls.without(body, field);
            assertThat(ask("DELETE", "/containers/" + NAME + "?force=1", "").status())
                    .isEqualTo(204);

            assertThat(ask("POST", create, without).status()).as(image).isEqualTo(403);
            assertThat(ask("POST", create, body).status()).as(image).isEqualTo(201);
            direct("docker rm -f " + NAME);
        }
    }

    /** Compose creates the new container under another name before it stops the old one, so that no record allows it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cap_drop: [ALL]  | allow",
                "privileged: true | deny",
            })
    void composeReplacesOnlyWhatTheRulesAllow(String option, String outcome) throws Exception {
        Files.writeString(
                folder.resolve("compose.yaml"),
                "services:\n  web:\n    image: busybox:local\n    pull_policy: never\n    network_mode: none\n"
                        + "    container_name: " + NAME + "\n    command: sleep 1000\n    " + option + "\n");
        assertThat(direct("docker-compose -p recreate up -d").exitCode()).isZero();
        String id = direct("docker inspect --format '{{.Id}}' " + NAME).stdout();

        Cli.Result again = Cli.in(folder, Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + proxy.port()))
                .script("docker-compose -p recreate up -d --force-recreate --timeout 0");

        assertThat(again.exitCode() == 0).as(again.stderr()).isEqualTo(outcome.equals("allow"));
        assertThat(direct("docker inspect --format '{{.Id}}' " + NAME).stdout().equals(id))
                .isEqualTo(outcome.equals("deny"));
    }

    /** The danger that the rule for names prevents: dockerd finds a container by a name that looks like an id. */
    @Test
    void nameLikeAnIdOfARemovedContainerIsDenied() throws Exception {
        String id = direct("docker create --network none busybox:local true")
                .stdout()
                .strip();
        assertThat(direct("docker rm " + id + " && docker create --privileged --network none --name " + id
                                + " busybox:local true && docker inspect --format '{{.HostConfig.Privileged}}' " + id)
                        .stdout())
                .endsWith("true\n");
        direct("docker rm -f " + id);

        assertThat(ask("POST", "/containers/create?name=" + id, "{\"Image\":\"busybox:local\"}")
                        .status())
                .isEqualTo(403);
    }
}
