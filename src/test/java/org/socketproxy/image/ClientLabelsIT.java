package org.socketproxy.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.RealDocker;

/**
 * Containers of the real daemon that a label makes clients of a profile, and a client with {@code create: safe} that tries to make
 * one. An image has the label, too.
 */
@Timeout(1500)
@Tag("thorough")
class ClientLabelsIT {
    private static final String NETWORK = "labelit";
    private static final String PROXY = "labelit-proxy";
    private static final String LABELLED = "labelit-labelled:1";
    private static final String LABEL = " --label socket-proxy.profile=ci ";
    private static final String WGET = " busybox wget -q -O - http://10.214.1.2:2375/images/json";
    /** The maker is the docker CLI on the host, whose address is the gateway. */
    private static final String POLICY = """
            profiles:
              ci:
                clients: [{label: socket-proxy.profile=ci}]
                variables: {IMAGES: 1}
              maker:
                clients: [{address: 10.214.1.1}]
                variables: {POST: 1, CONTAINERS: 1, EXEC: 1, NETWORKS: 1, COMMIT: 1}
                create: {rules: safe, allow: [join-container, static-addresses]}
            otherwise: deny
            """;

    @TempDir
    Path folder;

    private Cli cli;
    private Cli maker;

    @BeforeEach
    void startProxy() throws IOException {
        RealDocker docker = RealDocker.get();
        Sidecar.build(docker);
        cli = docker.cli(folder, Map.of());
        maker = docker.cli(folder, Map.of("DOCKER_HOST", "tcp://10.214.1.2:2375"));
        Path policy = Files.createDirectory(folder.resolve("policy"));
        Files.writeString(policy.resolve("policy.yaml"), POLICY);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        remove();
        docker("network create --subnet 10.214.1.0/24 " + NETWORK);
        docker("create --name labelit-base " + RealDocker.IMAGE);
        docker("commit --change 'LABEL socket-proxy.profile=ci' labelit-base " + LABELLED);
        docker("run -d --name " + PROXY + " --network " + NETWORK + " --ip 10.214.1.2 -v " + docker.socket()
                + ":/var/run/docker.sock:ro -v " + policy + ":/etc/policy:ro -e POLICY=/etc/policy/policy.yaml "
                + "--group-add " + Sidecar.GROUP + " " + Sidecar.IMAGE);
        Sidecar.awaitHealthy(cli, PROXY);
        run("runner", LABEL, RealDocker.IMAGE);
    }

    @AfterEach
    void remove() {
        if (cli != null) {
            cli.script("docker ps -aq --filter name=labelit- | xargs -r docker rm -f");
            cli.script("docker rmi " + LABELLED + "; docker network rm " + NETWORK);
        }
    }

    private void docker(String arguments) {
        Cli.Result result = cli.script("docker " + arguments);
        assertThat(result.exitCode()).as(arguments + ": " + result.stderr()).isZero();
    }

    private void run(String name, String options, String image) {
        docker("run -d --init --name labelit-" + name + " --network " + NETWORK + options + image + " sleep 600");
    }

    /** Returns true if the proxy forwards the request of a container, and false if it denies the request. */
    private boolean isClient(String container) {
        Cli.Result result = cli.script("docker exec labelit-" + container + WGET);
        assertThat(result.exitCode() == 0 || result.stderr().contains("403 Forbidden"))
                .as(() -> container + ": " + result.stderr()
                        + cli.script("docker logs " + PROXY + " 2>&1").stdout())
                .isTrue();
        return result.exitCode() == 0;
    }

    private String address(String container) {
        return cli.script("docker inspect -f '{{.NetworkSettings.Networks.labelit.IPAddress}}' labelit-" + container)
                .stdout()
                .strip();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "` `                                                  | busybox:local      | false",
                "` --label socket-proxy.profile=web `                 | busybox:local      | false",
                "` --label socket-proxy.profile=ci --label x=y `      | busybox:local      | true",
                // The image has the label.
                "` `                                                  | labelit-labelled:1 | false",
                "` --label socket-proxy.profile=ci `                  | labelit-labelled:1 | false",
            })
    void aLabelThatTheImageLacksMakesAClient(String options, String image, boolean isClient) {
        run("other", options, image);

        assertThat(isClient("other")).isEqualTo(isClient);
        assertThat(isClient("runner")).isTrue();
    }

    @Test
    void theIdentityIsThatOfTheContainerAndNotOfItsAddress() {
        String address = address("runner");
        assertThat(isClient("runner")).isTrue();
        docker("restart -t 0 labelit-runner");
        assertThat(isClient("runner")).as("after a restart").isTrue();

        docker("stop -t 0 labelit-runner");
        run("thief", " --ip " + address + " ", RealDocker.IMAGE);
        assertThat(address("thief")).isEqualTo(address);
        assertThat(isClient("thief")).as("a container with its address").isFalse();

        docker("start labelit-runner");
        assertThat(address("runner")).isNotEqualTo(address);
        assertThat(isClient("runner")).as("with another address").isTrue();
        assertThat(isClient("thief")).isFalse();
        docker("rm -f labelit-thief labelit-runner");
        run("runner", LABEL + " --ip " + address + " ", RealDocker.IMAGE);
        assertThat(isClient("runner"))
                .as("recreated with the address of the other one")
                .isTrue();
    }

    /** The container of the step has the label of the Dockerfile, and so has its image. */
    @Test
    void theStepOfABuildIsNoClient() throws IOException {
        Files.writeString(
                Files.createDirectory(folder.resolve("build")).resolve("Dockerfile"),
                "FROM " + RealDocker.IMAGE + "\nLABEL socket-proxy.profile=ci\nRUN" + WGET + "\n");

        Cli.Result result = cli.script("DOCKER_BUILDKIT=0 docker build --network labelit build");

        assertThat(result.stdout() + result.stderr()).contains("403 Forbidden");
    }

    /** Each attack prints {@code became} if it succeeds. The first one shows that a container of the client reaches the proxy. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "run --rm --network labelit busybox:local WGET                | 403 Forbidden",
                "run --rm --network labelit LABEL busybox:local WGET          | is a label by which a profile selects clients",
                "run --rm --network labelit labelit-labelled:1 WGET           | 403 Forbidden",
                "run --rm --network labelit LABEL labelit-labelled:1 WGET     | is a label by which a profile selects clients",
                "run --rm --network container:labelit-runner busybox:local WGET | trusts: [maker] in the profile ci",
                "exec labelit-runner WGET                                     | trusts: [maker] in the profile ci",
                "stop labelit-runner                                          | trusts: [maker] in the profile ci",
                "rename labelit-runner x                                      | trusts: [maker] in the profile ci",
                "commit labelit-runner x                                      | trusts: [maker] in the profile ci",
            })
    void noClientMakesOrEntersOne(String attack, String message) {
        Cli.Result result = maker.script(
                "docker " + attack.strip().replace("LABEL", LABEL).replace("WGET", WGET) + " && echo became");

        assertThat(result.stdout() + result.stderr()).contains(message);
        assertThat(result.stdout()).doesNotContain("became\n");
    }
}
