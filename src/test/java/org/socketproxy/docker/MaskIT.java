package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.DockerClient;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.mask.Marker;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.DockerJava;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RealDocker;

/** {@code MASK=1} between clients and a real dockerd whose objects are full of secrets. */
class MaskIT {
    /** Operations that show a planted secret without a mask; the test would be worthless if they did not. */
    private static final List<String> REVEALING = List.of(
            "ConfigInspect",
            "ConfigList",
            "ContainerInspect",
            "ContainerList",
            "ContainerTop",
            "ExecInspect",
            "ImageHistory",
            "ImageInspect",
            "NetworkInspect",
            "NetworkList",
            "NetworkListSlash",
            "NodeInspect",
            "NodeList",
            "ServiceInspect",
            "ServiceList",
            "SwarmInspect",
            "SwarmUnlockkey",
            "SystemDataUsage",
            "SystemEvents",
            "SystemInfo",
            "TaskInspect",
            "TaskList",
            "VolumeInspect",
            "VolumeList");

    @TempDir
    static Path folder;

    private static PlantedSecrets planted;
    private static ProxyUnderTest masking;
    private static ProxyUnderTest plain;

    @BeforeAll
    static void start() throws Exception {
        planted = PlantedSecrets.start(folder);
        masking = ProxyUnderTest.before(planted.host(), Map.of("MASK", "1"));
        plain = ProxyUnderTest.before(planted.host(), Map.of());
    }

    @AfterAll
    static void stop() throws Exception {
        if (planted != null) {
            masking.close();
            plain.close();
            planted.close();
        }
    }

    /** The responses of all operations that read, by the id of the operation. */
    static Map<String, String> sweep(PlantedSecrets planted, ProxyUnderTest proxy, String version) throws Exception {
        Map<String, String> responses = new LinkedHashMap<>();
        for (Operation operation : OperationCatalogue.load().operations()) {
            boolean isSwept = operation.method().equals("GET")
                    && !operation.isLibpod()
                    && operation.section() != null
                    && operation.rules().unmaskable().isEmpty();
            if (isSwept) {
                try (RawClient client = proxy.connect()) {
                    responses.put(
                            operation.id(),
                            client.request("GET", version + planted.target(operation))
                                    .readAnswer("GET")
                                    .body());
                }
            }
        }
        return responses;
    }

    private static boolean isSecret(String text) {
        return text.contains(PlantedSecrets.WORD)
                || text.contains("SWMTKN-")
                || text.contains("SWMKEY-")
                || text.contains("10.213.7.")
                || text.contains("0a:d5:07:09")
                || text.contains("BEGIN CERTIFICATE")
                || text.contains("SecretName\":\"planted-secret")
                || text.contains("cGw0bnQK"); // the data of the config in base64
    }

    static Stream<String> versions() {
        return Stream.concat(Stream.of(""), RealDocker.get().api().prefixes("1.24", "1.43", "1.45").stream());
    }

    @ParameterizedTest
    @MethodSource("versions")
    void noResponseHasASecret(String version) throws Exception {
        Map<String, String> responses = sweep(planted, masking, version);

        assertThat(responses).hasSizeGreaterThan(REVEALING.size());
        assertThat(responses)
                .allSatisfy((id, body) -> assertThat(isSecret(body))
                        .as("a secret in %s: %s", id, body)
                        .isFalse());
        assertThat(responses.get("ContainerInspect")).contains("\"SECRET=" + Marker.TEXT + "\"");
    }

    @Test
    void withoutAMaskTheseResponsesHaveSecrets() throws Exception {
        Map<String, String> responses = sweep(planted, plain, "");

        Set<String> revealing = new TreeSet<>();
        responses.forEach((id, body) -> {
            if (isSecret(body)) {
                revealing.add(id);
            }
        });
        assertThat(revealing).containsExactlyElementsOf(REVEALING);
    }

    @Test
    void filtersByVisibleValuesAreAnsweredAndOthersAreDenied() throws Exception {
        Set<String> answers = new TreeSet<>();
        for (MaskedFilterRow row : MaskedFilterRow.read(false)) {
            String target = planted.target(row.operation());
            int direct = row.status(plain, target, "planted:local");
            int expected = row.isMasked() ? 403 : direct;

            assertThat(row.status(masking, target, "planted:local"))
                    .as(row.toString())
                    .isEqualTo(expected);
            answers.add(row.operation().id() + " " + expected);
        }
        assertThat(answers)
                .contains(
                        "SystemEvents 200",
                        "SystemEvents 403",
                        "ContainerList 200",
                        "ContainerList 403",
                        "VolumeList 403")
                .contains("ImageList 200", "NetworkList 200", "PluginList 200", "ServiceList 200", "NodeList 200")
                .contains("TaskList 200", "SecretList 200", "ConfigList 200", "VolumeList 200");
    }

    private static Cli through(ProxyUnderTest proxy) {
        return Cli.in(folder, Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + proxy.port()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "docker ps -a --no-trunc",
                "docker ps -a --format '{{.Mounts}} {{.Command}}'",
                "docker inspect planted failing planted:local planted-network planted-service planted-volume",
                "docker inspect planted -f '{{json .Config.Env}}'",
                "docker image history --no-trunc built:local",
                "docker events --since 1 --until $(date +%s)",
                "docker events --since 1 --until $(date +%s) --format '{{json .}}'",
                "docker top planted",
                "docker service inspect --pretty planted-service",
                "docker config inspect planted-config",
                "docker config inspect --pretty planted-config",
                "docker volume ls; docker volume inspect planted-volume",
                "docker network inspect planted-network; docker inspect addressed",
                "docker node inspect self; docker node inspect --pretty self",
                "docker swarm join-token worker",
                "docker swarm unlock-key",
                "docker system df -v",
                "docker info -f '{{json .}}'",
            })
    void dockerCliPrintsMarkersAndNoSecrets(String command) {
        Cli.Result result = through(masking).script("set -e; " + command);

        assertThat(result.exitCode()).as(result.stderr()).isZero();
        assertThat(result.stdout())
                .containsAnyOf("***masked-by-s", "KioqbWFza2Vk")
                .satisfies(text -> assertThat(isSecret(text)).isFalse());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "docker service ls",
                "docker service ps --no-trunc planted-service",
                "docker stats --no-stream planted",
                "docker secret ls",
                "docker node ls"
            })
    void dockerCliPrintsWhatHasNoSecret(String command) {
        Cli.Result result = through(masking).script(command);

        assertThat(result.exitCode()).as(result.stderr()).isZero();
        assertThat(result.stdout())
                .isNotBlank()
                .satisfies(text -> assertThat(isSecret(text)).isFalse());
    }

    @Test
    void composeListsContainers() {
        Cli.Result listed = planted.direct(folder).script("""
                cat > compose.yaml <<'END'
                name: planted-project
                services:
                  app:
                    image: planted:local
                    network_mode: none
                    entrypoint: [sh, -c, sleep 100000; echo pl4nt]
                    environment: {SECRET: pl4nt}
                END
                docker-compose up -d
                DOCKER_HOST=tcp://127.0.0.1:%d docker-compose ps --format json
                """.formatted(masking.port()));

        assertThat(listed.exitCode()).as(listed.stderr()).isZero();
        assertThat(listed.stdout())
                .contains("planted-project")
                .contains("***masked-by-")
                .doesNotContain("pl4nt");
    }

    @Test
    void dockerJavaReadsMaskedObjects() throws Exception {
        try (DockerClient client = DockerJava.client("tcp://127.0.0.1:" + masking.port())) {
            var container = client.inspectContainerCmd("planted").exec();
            assertThat(container.getConfig().getEnv()).contains("SECRET=" + Marker.TEXT);
            assertThat(container.getArgs()).containsOnly(Marker.TEXT);
            assertThat(container.getHostConfig().getBinds()[0].getPath()).isEqualTo(Marker.TEXT);
            assertThat(container.getHostConfig().getLogConfig().getConfig()).containsEntry("tag", Marker.TEXT);
            assertThat(client.listContainersCmd().withShowAll(true).exec())
                    .isNotEmpty()
                    .allMatch(listed -> listed.getCommand().equals(Marker.TEXT));
            assertThat(client.inspectImageCmd("planted:local")
                            .exec()
                            .getConfig()
                            .getEnv())
                    .contains("IMAGE=" + Marker.TEXT);
            assertThat(client.inspectVolumeCmd("planted-volume").exec().getMountpoint())
                    .isEqualTo(Marker.TEXT);
            assertThat(client.listServicesCmd()
                            .exec()
                            .get(0)
                            .getSpec()
                            .getTaskTemplate()
                            .getContainerSpec()
                            .getEnv())
                    .contains("SECRET=" + Marker.TEXT);
            assertThat(client.listTasksCmd().exec()).isNotEmpty();
            assertThat(client.listNetworksCmd().exec()).isNotEmpty();
            assertThat(client.infoCmd().exec().getDockerRootDir()).isEqualTo(Marker.TEXT);
        }
    }

    /** Columns: settings, command, environment in any order, with the marker written as #. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "MASK=env:*KEY*|IMAGE        ; inspect named         ; TZ=UTC api_Key=# EMPTY= TZ_KEY=# IMAGE=#",
                "MASK=env:*KEY*|IMAGE        ; inspect planted:local ; IMAGE=#",
                "MASK=env:*KEY*              ; inspect planted:local ; IMAGE=pl4nt-env",
                "MASK=env:KEY                ; inspect named         ; TZ=UTC api_Key=KEY=s EMPTY= TZ_KEY=s IMAGE=pl4nt-env",
                "MASK=env MASK_KEEP=env:TZ   ; inspect named         ; TZ=UTC api_Key=# EMPTY= TZ_KEY=# IMAGE=#",
                "MASK=env MASK_KEEP=env:TZ*  ; inspect named         ; TZ=UTC api_Key=# EMPTY= TZ_KEY=s IMAGE=#",
                "MASK=env MASK_KEEP=env:tz   ; inspect named         ; TZ=# api_Key=# EMPTY= TZ_KEY=# IMAGE=#",
                "MASK=env:*SECRET*|*MORE*    ; service inspect planted-service ; SECRET=# MORE=#",
                "MASK=env MASK_KEEP=env:MORE ; service inspect planted-service ; SECRET=# MORE=pl4nt-env",
            })
    void variablesAreMaskedByName(String settings, String command, String expected) {
        through(plain)
                .script(
                        "docker inspect named > /dev/null 2>&1 || docker create --name named --network none --env TZ=UTC"
                                + " --env api_Key=KEY=s --env EMPTY= --env TZ_KEY=s planted:local");
        Map<String, String> environment = Stream.of(settings.split(" "))
                .map(each -> each.split("=", 2))
                .collect(Collectors.toMap(each -> each[0], each -> each[1]));
        String field = command.startsWith("service") ? ".Spec.TaskTemplate.ContainerSpec.Env" : ".Config.Env";
        try (ProxyUnderTest proxy = ProxyUnderTest.before(planted.host(), environment)) {
            Cli.Result read = through(proxy).script("docker " + command + " -f '{{range " + field + "}}{{.}} {{end}}'");

            assertThat(read.exitCode()).as(read.stderr()).isZero();
            assertThat(read.stdout().strip().split(" "))
                    .containsExactlyInAnyOrder(
                            expected.replace("#", Marker.TEXT).split(" "));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "docker network create --subnet $(docker network inspect planted-network -f '{{(index .IPAM.Config 0).Subnet}}') n",
                "docker create --network none --mac-address $(docker inspect addressed"
                        + " -f '{{(index .NetworkSettings.Networks \"planted-network\").MacAddress}}') planted:local",
                "docker create --network none --dns $(docker inspect addressed -f '{{index .HostConfig.Dns 0}}') planted:local",
                "docker network connect --ip $(docker inspect addressed"
                        + " -f '{{(index .NetworkSettings.Networks \"planted-network\").IPAddress}}') planted-network failing",
            })
    void aMaskedAddressIsNotWrittenBack(String command) {
        Cli.Result refused = through(masking).script(command);

        assertThat(refused.exitCode()).isNotZero();
        assertThat(refused.stderr())
                .contains("is not allowed: its body contains " + Marker.TEXT + " or a masked address");
    }

    @Test
    void variablesInImageHistoryAreMaskedWithEnvOnly() {
        try (ProxyUnderTest proxy = ProxyUnderTest.before(planted.host(), Map.of("MASK", "env"))) {
            Cli.Result history =
                    through(proxy).script("docker image history --no-trunc built:local --format '{{.CreatedBy}}'");

            assertThat(history.stdout()).contains("TOKEN=" + Marker.TEXT).doesNotContain("TOKEN=pl4nt");
        }
    }

    @Test
    void aContainerCannotBeRecreatedFromAMaskedInspect() {
        String script = "docker create --network none --env \"$(docker inspect planted -f '{{index .Config.Env 0}}')\""
                + " planted:local";
        Cli.Result refused = through(masking).script(script);
        Cli.Result direct = through(plain).script(script);

        assertThat(refused.exitCode()).isNotZero();
        assertThat(refused.stderr())
                .contains("socket-proxy: ContainerCreate (POST /containers/create) is not allowed: its body contains "
                        + Marker.TEXT);
        assertThat(direct.exitCode()).as(direct.stderr()).isZero();
    }
}
