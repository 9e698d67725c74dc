package org.socketproxy.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.RealDocker;

/**
 * The docker CLI with a {@code create: safe} profile tries to become a client of another profile. The proxy is in a container with
 * several networks. With {@code trusts} each attack succeeds; without it each one is denied.
 */
@Tag("thorough")
class ClientProtectionIT {
    private static final String PROXY = "cpit-proxy";
    private static final String WGET = "busybox wget -q -O - http://" + PROXY + ":2375/images/json";
    /** Repeats the request in the container for a minute, until it is allowed. */
    private static final String SOON =
            "sh -c 'for i in $(seq 300); do " + WGET + " 2>/dev/null && exit; sleep 0.2; done; exit 1'";

    private static final List<String> NETWORKS = List.of("cpit-ci", "cpit-admin");

    /** Each attack prints {@code became} at its end. The client profile {@code ci} has no IMAGES. */
    private static final Map<String, String> ATTACKS = Map.of(
            "create in the network of the client",
                    "docker run --rm --network cpit-admin IMAGE " + WGET + " && echo became",
            "connect itself to the network of the client",
                    "docker run -d --name cpit-own --network cpit-ci IMAGE sleep 600"
                            + " && docker network connect cpit-admin cpit-own && docker exec cpit-own " + WGET
                            + " && echo became",
            "stop the client and take its address",
                    "docker stop -t 0 cpit-client && docker run --rm --network cpit-admin --ip ADDRESS IMAGE " + WGET
                            + " && echo became",
            "execute a request inside the client", "docker exec cpit-client " + WGET + " && echo became",
            "read the key of the client", "docker cp cpit-client:/etc/key - | grep -a secret && echo became",
            "mount the volume of the client",
                    "docker run --rm --network none -v cpit-data:/x IMAGE cat /x/key && echo became",
            "copy the volumes of the client",
                    "docker run --rm --network none --volumes-from cpit-client IMAGE cat /data/key && echo became",
            "take the name of a host", // the proxy looks up the name every ten seconds
                    "docker run -d --name cpit-named-impostor --network cpit-ci --network-alias cpit-named IMAGE sleep 600"
                            + " && docker exec cpit-named-impostor " + SOON + " && echo became",
            "take the name of a host as host name",
                    "docker run -d --name cpit-hostname --network cpit-ci --hostname cpit-named IMAGE sleep 600"
                            + " && docker exec cpit-hostname " + SOON + " && echo became");

    @TempDir
    Path folder;

    private RealDocker docker;
    private Cli admin;

    @BeforeEach
    void createClients() throws IOException {
        docker = RealDocker.get();
        Sidecar.build(docker);
        admin = docker.cli(folder, Map.of());
        remove();
        run("docker network create cpit-ci");
        // A static address needs a network with a subnet of its own: one that is free.
        run("docker network create cpit-admin && subnet=" + subnet("cpit-admin")
                + " && docker network rm cpit-admin && docker network create --subnet $subnet cpit-admin");
        run("docker run --rm --network none -v cpit-data:/x " + RealDocker.IMAGE + " sh -c 'echo secret > /x/key'");
        Files.setPosixFilePermissions(
                Files.createDirectory(folder.resolve("run")), PosixFilePermissions.fromString("rwxrwxrwx"));
    }

    @AfterEach
    void remove() {
        if (admin != null) {
            admin.script("docker ps -aq --filter name=cpit- | xargs -r docker rm -fv");
            NETWORKS.forEach(network -> admin.run("docker", "network", "rm", network));
            admin.run("docker", "volume", "rm", "cpit-data");
        }
    }

    private String run(String script) {
        Cli.Result result = admin.script(script);
        assertThat(result.exitCode()).as(script + ": " + result.stderr()).isZero();
        return result.stdout().strip();
    }

    private void startClient() {
        admin.run("docker", "rm", "-fv", "cpit-client", "cpit-own", "cpit-named-impostor", "cpit-hostname");
        run("docker run -d --name cpit-client --network cpit-admin -v cpit-data:/data " + RealDocker.IMAGE
                + " sh -c 'echo secret > /etc/key; sleep 600'");
    }

    private static String subnet(String network) {
        return "$(docker network inspect -f '{{(index .IPAM.Config 0).Subnet}}' " + network + ")";
    }

    private void startProxy(String trusts, int protectSelf) throws IOException {
        Files.writeString(folder.resolve("policy.yaml"), """
                profiles:
                  named:
                    clients: [{host: cpit-named}]
                    variables: {IMAGES: 1}
                    trusts: [TRUSTED]
                  admin:
                    clients: [{network: ADMIN}]
                    variables: {IMAGES: 1}
                    trusts: [TRUSTED]
                  user:
                    clients: [{uid: 4321}]
                    variables: {IMAGES: 1}
                    trusts: [TRUSTED]
                  ci:
                    clients: [{network: CI}, {listener: ci}]
                    variables: {POST: 1, CONTAINERS: 1, EXEC: 1, NETWORKS: 1, VOLUMES: 1, ALLOW_ARCHIVE: 1}
                    create: {rules: safe, allow: [static-addresses, volumes-from], binds: [FOLDER/run, "/usr:ro"]}
                  updater: {}
                """.replace("ADMIN", run("echo " + subnet("cpit-admin")))
                .replace("CI}", run("echo " + subnet("cpit-ci")) + "}")
                .replace("FOLDER", folder.toString())
                .replace("TRUSTED", trusts));
        run("docker run -d --name " + PROXY + " --network cpit-ci --group-add " + Sidecar.GROUP
                + " -v " + docker.socket() + ":/var/run/docker.sock:ro -v " + folder + "/policy.yaml:/policy.yaml:ro"
                + " -v " + folder + "/run:/run/proxy -e POLICY=/policy.yaml -e PROTECT_SELF=" + protectSelf
                + " -e 'LISTEN=tcp://0.0.0.0:2375,unix:///run/proxy/ci.sock?name=ci&mode=0666' "
                + Sidecar.IMAGE);
        run("docker network connect cpit-admin " + PROXY);
        run("docker run -d --name cpit-runner --network cpit-ci " + RealDocker.IMAGE + " sleep 600");
        Sidecar.awaitHealthy(admin, PROXY);
    }

    /** Returns what the client may print at the end of an attack. */
    private Cli.Result attack(String listener, String attack) {
        String address =
                run("docker inspect -f '{{(index .NetworkSettings.Networks \"cpit-admin\").IPAddress}}' cpit-client");
        String script = attack.replace("IMAGE", RealDocker.IMAGE).replace("ADDRESS", address);
        if (listener.equals("unix")) {
            return docker.cli(folder, Map.of("DOCKER_HOST", "unix://" + folder + "/run/ci.sock"))
                    .script(script);
        }
        String proxy = run("docker inspect -f '{{(index .NetworkSettings.Networks \"cpit-ci\").IPAddress}}' " + PROXY);
        String runner = run("docker inspect -f '{{.State.Pid}}' cpit-runner");
        return docker.cli(folder, Map.of("DOCKER_HOST", "tcp://" + proxy + ":2375"))
                .run("nsenter", "--net=/proc/" + runner + "/ns/net", "sh", "-c", script);
    }

    @ParameterizedTest
    @CsvSource({"tcp, ci, true", "tcp, updater, false", "unix, ci, true", "unix, updater, false"})
    void attacksSucceedOnlyWithTrust(String listener, String trusted, boolean isTrusted) throws IOException {
        startProxy(trusted, 1);
        for (Map.Entry<String, String> attack : ATTACKS.entrySet()) {
            startClient();

            Cli.Result result = attack(listener, attack.getValue());

            assertThat(result.stdout().contains("became"))
                    .as(attack.getKey() + ": " + result.stdout() + result.stderr())
                    .isEqualTo(isTrusted);
            boolean isHead = attack.getValue().contains("docker cp"); // whose response has no sentence
            assertThat(result.stderr()).as(attack.getKey()).contains(isTrusted || isHead ? "" : "trusts: [ci]");
        }
    }

    /** The proxy has the folder of its socket by another path. The container runs the host's docker CLI as a user of another profile. */
    @ParameterizedTest
    @CsvSource({
        "ci, 0, became, ''",
        "updater, 0, '', ' and PROTECT_SELF=0), which CREATE=safe does not allow'",
        "ci, 1, '', a path that the container of this proxy mounts (PROTECT_SELF)"
    })
    void aSocketIsBoundOnlyWithTrust(String trusted, int protectSelf, String output, String error) throws IOException {
        startProxy(trusted, protectSelf);
        startClient();
        String cli = "for ld in /usr/lib64/ld-linux-*.so.* /usr/lib/ld-linux-*.so.*; do test -e $ld && break; done;"
                + " HOME=/tmp exec $ld /usr/bin/docker -H unix:///x/ci.sock images --format became";
        String images = "docker images --format became";
        String run = "docker run --rm --network none --user 4321 -v " + folder
                + "/run:/x -v /usr:/usr:ro IMAGE /bin/sh -c '";

        assertThat(attack("unix", images).stdout()).isEmpty();
        Cli.Result result = attack("unix", run + cli + "'");

        assertThat(result.stdout()).as(result.stderr()).startsWith(output);
        assertThat(result.stdout().isEmpty()).as(result.stderr()).isEqualTo(output.isEmpty());
        assertThat(result.stderr()).contains(error);
        assertThat(result.stderr().contains("trusts: [ci] in the profile user")).isEqualTo(trusted.equals("updater"));
    }
}
