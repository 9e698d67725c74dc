package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.FileRegistry;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.RestartableDocker;

/** The recipes with builds on a real dockerd: their commands work, by both builders, and give no access to the host. */
@Tag("thorough")
class SafeBuildRecipesIT {
    /** Commands that give access to the host or replace what others have, or prepare it. */
    private static final List<String> ATTACKS = List.of(
            "docker build --network host -t NAME:2 .",
            "docker build --network container:others-it -t NAME:2 .",
            "docker build --cgroup-parent /escaped -t NAME:2 .",
            "docker build -t others-it:1 .",
            "docker build --add-host h:host-gateway -t NAME:2 .",
            "docker build -t NAME:2 https://127.0.0.1:1/x.git",
            "docker run --rm --privileged NAME:1 true",
            "docker run --rm -v /:/h NAME:1 true",
            "docker run --rm --network host NAME:1 true",
            "docker run --rm --pid host NAME:1 true",
            "docker run --rm -p 8099:80 NAME:1 true",
            "docker run --rm --cap-add SYS_ADMIN NAME:1 true",
            "docker run --rm --device /dev/mem NAME:1 true",
            "docker save others-it:1",
            "docker tag NAME:1 others-it:1",
            "docker rmi others-it:1",
            "docker stop -t 0 others-it",
            "docker exec others-it true",
            "docker load -i image.tar",
            "docker import image.tar NAME:2",
            "docker plugin install x",
            "docker swarm init");

    @TempDir
    static Path folder;

    private static RestartableDocker docker;
    private static FileRegistry registry;

    @BeforeAll
    static void start() throws Exception {
        registry = FileRegistry.in(Files.createDirectories(folder.resolve("registry")));
        docker = RestartableDocker.onMachineNetwork(List.of());
        docker.awaitReady();
        RealDocker.makeImage(direct());
        Cli.Result prepared = direct().script(
                        "docker tag busybox:local others-it:1 && docker run -d --name others-it --network none others-it:1 sleep 1000");
        assertThat(prepared.exitCode()).as(prepared.stderr()).isZero();
    }

    @AfterAll
    static void stop() throws Exception {
        if (docker != null) {
            direct().script("docker ps -aq | xargs -r docker rm -f");
            docker.close();
        }
        if (registry != null) {
            registry.close();
        }
    }

    private static Cli direct() {
        return Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + docker.socket()));
    }

    /** The settings of a page, for a registry of the test. */
    private static ProxyUnderTest proxy(String page) throws IOException {
        Map<String, String> environment = new HashMap<>();
        for (String block : DocumentedSettings.blocks(Path.of("docs/recipes", page + ".md"), "yaml")) {
            environment.putAll(DocumentedSettings.environment(DocumentedSettings.yaml(block)));
        }
        environment.keySet().removeIf(name -> name.equals("DOCKER_HOST"));
        environment.replaceAll((name, value) -> value.replace("registry.example.com", registry()));
        return ProxyUnderTest.with(docker.socket(), environment);
    }

    private static String registry() {
        return "127.0.0.1:" + registry.port();
    }

    private static Cli client(ProxyUnderTest proxy, String name, int builder) throws IOException {
        Path own = Files.createDirectories(folder.resolve(name));
        Files.writeString(own.resolve("Dockerfile"), "FROM busybox:local\nCOPY test /\nRUN cat /test > /built\n");
        Files.writeString(own.resolve("test"), "#!/bin/sh\necho from the context\n");
        return Cli.in(
                own,
                Map.of(
                        "DOCKER_HOST",
                        "tcp://127.0.0.1:" + proxy.port(),
                        "DOCKER_BUILDKIT",
                        String.valueOf(builder),
                        "HOME",
                        own.toString()));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aJobBuildsRunsPushesAndRemoves(int builder) throws IOException {
        try (ProxyUnderTest proxy = proxy("ci-builds")) {
            String name = registry() + "/ci/app-" + builder + ":1";
            Cli.Result job = client(proxy, "job-" + builder, builder)
                    .script("set -e\ndocker build -q --network none -t " + name + " . > /dev/null\n"
                            + "docker run --rm --network none " + name + " cat /built\n"
                            + "docker push -q " + name + "\ndocker images --format '{{.Repository}}:{{.Tag}}'\n"
                            + "docker rmi " + name + " > /dev/null\ndocker images -q\n");

            assertThat(job.stdout().lines())
                    .as(job.stderr())
                    .containsExactly("#!/bin/sh", "echo from the context", name, name);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void anAgentBuildsAndRunsCommandsInIt(int builder) throws IOException {
        try (ProxyUnderTest proxy = proxy("ai-agent-builds")) {
            Cli.Result work = client(proxy, "agent-" + builder, builder)
                    .script("set -e\ndocker build -q --network none -t registry.local/agent/app:1 . > /dev/null\n"
                            + "docker run -d --name box --memory 64m --pids-limit 50 --security-opt no-new-privileges"
                            + " --network none registry.local/agent/app:1 sleep 1000 > /dev/null\n"
                            + "docker exec box sh /test\ndocker logs box\ndocker ps --format '{{.Names}}'\n"
                            + "docker rm -f box > /dev/null\ndocker rmi registry.local/agent/app:1 > /dev/null\n");

            assertThat(work.stdout().lines()).as(work.stderr()).containsExactly("from the context", "box");
        }
    }

    /** The Go client of the runner sends {@code null} for empty parameters. */
    @ParameterizedTest
    @ValueSource(strings = "act-setup-dockeraction:latest")
    void anActionWithADockerfileIsBuilt(String name) throws IOException {
        try (ProxyUnderTest proxy = proxy("gitea-runner")) {
            String query = RecipeCallsTest.calls("gitea-runner").stream()
                    .filter(call -> call.startsWith("POST /v1.44/build?"))
                    .findFirst()
                    .orElseThrow()
                    .substring("POST ".length());
            Cli.Result action = client(proxy, "action", 0)
                    .script(
                            "tar -c Dockerfile test | curl -sS -X POST -H Content-Type:application/x-tar --data-binary @- 'http://127.0.0.1:"
                                    + proxy.port() + query.replace("networkmode=", "networkmode=none") + "'\n"
                                    + "docker run --rm --network none " + name + " sh /test\n");

            assertThat(action.stdout()).as(action.stderr()).endsWith("from the context\n");
        }
    }

    @ParameterizedTest
    @CsvSource({"ci-builds, 0", "ci-builds, 1", "ai-agent-builds, 0", "ai-agent-builds, 1"})
    void noAttackSucceeds(String page, int builder) throws IOException {
        List<String> succeeded = new ArrayList<>();
        try (ProxyUnderTest proxy = proxy(page)) {
            String path = page.equals("ci-builds") ? registry() + "/ci" : "registry.local/agent";
            String limits = " --memory 64m --pids-limit 50 --security-opt no-new-privileges";
            Cli client = client(proxy, page + builder, builder);
            Cli.Result built =
                    client.script("docker build --network none -t " + path + "/x:1 . && tar -cf image.tar test");
            assertThat(built.exitCode()).as(built.stderr()).isZero();
            for (String attack : ATTACKS) {
                Cli.Result denied =
                        client.script(attack.replace("NAME", path + "/x").replace("docker run", "docker run" + limits));
                if (denied.exitCode() == 0) {
                    succeeded.add(attack);
                }
            }
        }

        assertThat(succeeded).isEmpty();
        assertThat(direct().script("docker inspect -f '{{.State.Running}}' others-it\n"
                                + "docker run --rm --network none others-it:1 ls /")
                        .stdout())
                .startsWith("true\n")
                .doesNotContain("built");
    }
}
