package org.socketproxy.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.RealDocker;

/** Containers of the real daemon, as clients of a proxy in a container with two networks, try to become another client. */
@Timeout(1500)
@Tag("thorough")
class ClientContainersIT {
    private static final String SHARED = "identity-it-shared";
    private static final String OTHER = "identity-it-other";
    private static final String PROXY = "identity-it-proxy";
    private static final String PREFIX = "identity-it-";
    private static final String POLICY = """
            profiles:
              admin:
                clients: [{address: 10.213.1.20}]
                variables: {IMAGES: 1}
              portainer:
                clients: [{host: identity-it-portainer}]
                variables: {VOLUMES: 1}
              team:
                clients: [{network: 10.213.2.0/24}]
                variables: {NETWORKS: 1}
            otherwise: deny
            """;
    private static final long LIMIT_NANOS = 300_000_000_000L;
    /** Between two attempts, each of which starts a program. */
    private static final long PAUSE_NANOS = 100_000_000L;

    @TempDir
    Path folder;

    private Cli cli;

    @BeforeEach
    void startProxy() throws IOException {
        RealDocker docker = RealDocker.get();
        Sidecar.build(docker);
        cli = docker.cli(folder, Map.of());
        Path policy = Files.createDirectory(folder.resolve("policy"));
        Files.writeString(policy.resolve("policy.yaml"), POLICY);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        remove();
        docker("network create --subnet 10.213.1.0/24 " + SHARED);
        docker("network create --subnet 10.213.2.0/24 " + OTHER);
        docker("create --name " + PROXY + " --network " + SHARED + " --ip 10.213.1.2 -v " + docker.socket()
                + ":/var/run/docker.sock:ro -v " + policy + ":/etc/policy:ro -e POLICY=/etc/policy/policy.yaml "
                + Sidecar.IMAGE);
        docker("network connect --ip 10.213.2.2 " + OTHER + " " + PROXY);
        docker("start " + PROXY);
        Sidecar.awaitHealthy(cli, PROXY);
    }

    @AfterEach
    void remove() {
        if (cli != null) {
            cli.script("docker ps -aq --filter name=" + PREFIX + " | xargs -r docker rm -f");
            cli.script("docker network rm " + SHARED + " " + OTHER + " || true");
        }
    }

    private void docker(String arguments) {
        Cli.Result result = cli.script("docker " + arguments);
        assertThat(result.exitCode()).as(arguments + ": " + result.stderr()).isZero();
    }

    private void run(String name, String options) {
        docker("run -d --init --name " + PREFIX + name + " " + options + " " + RealDocker.IMAGE + " sleep 600");
    }

    /** Returns true if the proxy forwards the request of a container, and false if it denies the request. */
    private boolean isAllowed(String container, String proxy, String path) {
        Cli.Result result = cli.script(
                "docker exec " + PREFIX + container + " busybox wget -q -O - http://" + proxy + ":2375" + path);
        assertThat(result.stderr()).doesNotContain(" 5");
        assertThat(result.exitCode() == 0 || result.stderr().contains("403 Forbidden"))
                .as(() -> container + ": " + result.stderr() + log())
                .isTrue();
        return result.exitCode() == 0;
    }

    private boolean isAllowed(String container, String path) {
        return isAllowed(container, "10.213.1.2", path);
    }

    private String log() {
        return cli.script("docker logs " + PROXY + " 2>&1").stdout();
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + LIMIT_NANOS;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    @Test
    void containerWithTheAddressOfAStoppedOneIsNotThisClient() {
        run("admin", "--network " + SHARED + " --ip 10.213.1.20");
        assertThat(isAllowed("admin", "/images/json")).isTrue();
        docker("stop -t 0 " + PREFIX + "admin");
        run("thief", "--network " + SHARED + " --ip 10.213.1.20");
        for (String path : List.of("/images/json", "/_ping", "/images/json")) {
            assertThat(isAllowed("thief", path)).as(path).isFalse();
        }
        assertThat(log())
                .contains("The address 10.213.1.20 was one of the container identity-it-admin, and now the container"
                        + " identity-it-thief has it");

        docker("rm -f " + PREFIX + "thief");
        docker("start " + PREFIX + "admin");
        assertThat(isAllowed("admin", "/images/json")).isTrue();
        docker("rm -f " + PREFIX + "admin");
        run("admin", "--network " + SHARED + " --ip 10.213.1.20");
        assertThat(isAllowed("admin", "/images/json")).as("recreated").isTrue();

        docker("rm -f " + PREFIX + "admin");
        run("successor", "--network " + SHARED + " --ip 10.213.1.20");
        assertThat(isAllowed("successor", "/images/json")).isFalse();
        docker("kill -s HUP " + PROXY);
        await(() -> log().contains("and from now on is one of identity-it-successor"));
        assertThat(isAllowed("successor", "/images/json")).as("after a reload").isTrue();
    }

    @Test
    void containersOfTheNetworkOfAProfileAreItsClientsOneAfterTheOther() {
        for (String name : List.of("job-1", "job-2")) {
            run(name, "--network " + OTHER + " --ip 10.213.2.9");
            assertThat(isAllowed(name, "10.213.2.2", "/networks")).isTrue();
            assertThat(isAllowed(name, "10.213.2.2", "/images/json")).isFalse();
            docker("rm -f " + PREFIX + name);
        }
    }

    @Test
    void aliasEqualToAHostNameMakesThisNameMatchNoClient() {
        run("portainer", "--network " + SHARED);
        docker("network connect " + OTHER + " " + PREFIX + "portainer");
        await(() -> isAllowed("portainer", "/volumes"));
        assertThat(isAllowed("portainer", "10.213.2.2", "/volumes"))
                .as("another network of the same container")
                .isTrue();

        run("thief", "--network " + OTHER + " --network-alias identity-it-portainer");
        await(() -> {
            assertThat(isAllowed("thief", "10.213.2.2", "/volumes")).isFalse();
            return log().contains("The host name identity-it-portainer means more than one container"
                    + " ([identity-it-portainer, identity-it-thief]): no client has it");
        });
        assertThat(isAllowed("thief", "10.213.2.2", "/volumes")).isFalse();
        assertThat(isAllowed("portainer", "/volumes")).isFalse();

        docker("stop -t 0 " + PREFIX + "portainer");
        assertThat(isAllowed("thief", "10.213.2.2", "/volumes"))
                .as("the stopped container keeps its name")
                .isFalse();

        docker("rm -f " + PREFIX + "thief");
        docker("start " + PREFIX + "portainer");
        await(() -> isAllowed("portainer", "/volumes"));
    }
}
