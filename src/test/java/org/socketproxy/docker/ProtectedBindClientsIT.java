package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawResponse;

/** Clients that describe, update and compose containers with volumes of the proxy in place of binds, on a real dockerd. */
@Tag("thorough")
class ProtectedBindClientsIT extends ProtectedBindFixture {
    /** As an updater does. */
    @Test
    void containerIsCreatedAgainFromItsDescription() throws Exception {
        assertThat(create(
                                "",
                                "\"Binds\":[\"FOLDER/data:/t\",\"v-" + NAME + ":/v\"],\"Mounts\":[{\"Type\":\"bind\","
                                        + "\"Source\":\"FOLDER/data/nested\",\"Target\":\"/n\",\"ReadOnly\":true}]")
                        .status())
                .isEqualTo(201);
        JsonNode described =
                JSON.readTree(ask("GET", "/containers/" + NAME + "/json", "").body());
        ObjectNode body = described.get("Config").deepCopy();
        body.set("HostConfig", described.get("HostConfig"));
        ((ObjectNode) body.get("HostConfig")).remove("CgroupnsMode"); // the host's on cgroup version 1
        assertThat(ask("DELETE", "/containers/" + NAME + "?force=1", "").status())
                .isEqualTo(204);

        RawResponse created = ask("POST", "/containers/create?name=" + NAME, body.toString());

        assertThat(created.status()).as(created.body()).isEqualTo(201);
        JsonNode again =
                JSON.readTree(ask("GET", "/containers/" + NAME + "/json", "").body());
        ((ObjectNode) again.get("HostConfig")).remove("CgroupnsMode");
        assertThat(again.get("HostConfig")).isEqualTo(described.get("HostConfig"));
        assertThat(direct("docker inspect --format '{{range .Mounts}}{{.Type}} {{end}}' " + NAME)
                        .stdout())
                .isEqualTo("volume volume volume \n");
        direct("docker rm -f " + NAME + "; docker volume rm v-" + NAME);
    }

    /** The updater stops the container of an administrator: it cannot start it again with its bind, but create it again. */
    @Test
    void updaterCreatesAPrivilegedContainerAgainWithoutItsDirectBind() throws Exception {
        direct("docker run -d --privileged --cgroupns host --network none --name " + NAME
                + " --volume FOLDER/data:/t busybox:local sleep 1000");
        Map<String, String> settings = new HashMap<>(ProxyUnderTest.everything());
        settings.putAll(Map.of(
                "CREATE", "safe", "BINDS", folder + "/**", "CREATE_ALLOW", "recreate", "CREATE_IMAGES", "busybox"));
        try (ProxyUnderTest updater = ProxyUnderTest.with(docker.socket(), settings)) {
            JsonNode described = JSON.readTree(
                            through(updater, "docker inspect " + NAME).stdout())
                    .get(0);
            ObjectNode body = described.get("Config").deepCopy();
            body.set("HostConfig", described.get("HostConfig"));
            assertThat(through(updater, "docker stop -t 0 " + NAME).exitCode()).isZero();

            Cli.Result restarted = through(updater, "docker start " + NAME);
            Cli.Result removed = through(updater, "docker rm " + NAME);
            RawResponse created = ask(updater, "POST", "/containers/create?name=" + NAME, body.toString());
            Cli.Result started = through(updater, "docker start " + NAME);

            assertThat(restarted.stderr()).contains("directly");
            assertThat(removed.exitCode()).as(removed.stderr()).isZero();
            assertThat(created.status()).as(created.body()).isEqualTo(201);
            assertThat(started.exitCode()).as(started.stderr()).isZero();
        }
        assertThat(direct("docker inspect --format '{{.HostConfig.Privileged}} {{range .Mounts}}{{.Type}}{{end}}' "
                                + NAME)
                        .stdout())
                .isEqualTo("true volume\n");
    }

    /** The paths of the binds are masked as those of other binds, and the container gets the labels of the profile. */
    @Test
    void confinedProfileWithAMaskHasTheSameBinds() throws Exception {
        Map<String, String> settings = new HashMap<>(ProxyUnderTest.everything());
        settings.putAll(Map.of(
                "CREATE",
                "safe",
                "BINDS",
                folder + "/**",
                "TARGETS",
                "label:owner=ci,images:reference:**",
                "MASK",
                "paths"));
        try (ProxyUnderTest confined = ProxyUnderTest.with(docker.socket(), settings)) {
            Cli.Result run = through(
                    confined,
                    "docker run -d --network none --name " + NAME
                            + " --volume FOLDER/data:/t --label a=b busybox:local sleep 1000");
            assertThat(run.exitCode()).as(run.stderr()).isZero();

            Cli.Result exec = through(confined, "docker exec " + NAME + " cat /t/file");
            Cli.Result restarted = through(confined, "docker restart -t 0 " + NAME);
            Cli.Result shown =
                    through(confined, "docker inspect " + NAME + "; docker ps -a --no-trunc; docker volume ls");

            assertThat(exec.stdout()).as(exec.stderr()).isEqualTo("content\n");
            assertThat(restarted.exitCode()).as(restarted.stderr()).isZero();
            assertThat(shown.stdout())
                    .contains("\"owner\": \"ci\"", "\"Type\": \"bind\"", "masked-by-socket-proxy")
                    .doesNotContain(OWN, folder.toString(), "socket-proxy.bind");
        }
    }

    @Test
    void composeFileHasARelativeBind() throws Exception {
        Files.writeString(folder.resolve("compose.yaml"), """
                services:
                  app:
                    image: busybox:local
                    network_mode: none
                    command: sh -c "cat /t/file; sleep 1000"
                    volumes: ["./data:/t", {type: bind, source: ./data/nested, target: /n, read_only: true}]
                """);
        String compose = "docker compose -p " + NAME + " ";
        List<String> outputs = new ArrayList<>();

        Cli.Result up = through(compose + "up -d");
        assertThat(up.exitCode()).as(up.stderr()).isZero();
        for (int i = 0; i < 300 && outputs.isEmpty(); i++) {
            String log = through(compose + "logs --no-log-prefix app").stdout();
            if (!log.isEmpty()) {
                outputs.add(log);
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
        Cli.Result second = through(compose + "up -d");
        Cli.Result down = through(compose + "down -v -t 0");

        assertThat(outputs).singleElement().asString().contains("content\n");
        assertThat(second.stderr()).contains("Running").doesNotContain("Recreate");
        assertThat(down.exitCode()).as(down.stderr()).isZero();
    }
}
