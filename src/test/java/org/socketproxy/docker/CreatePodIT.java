package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.policy.Variable;
import org.socketproxy.policy.Variables;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RealPodman;

/** Pods with {@code CREATE=safe}, between {@code podman --remote} and a real Podman. */
@Timeout(300)
class CreatePodIT {
    private static final String SETTINGS = "BINDS=FOLDER/data:ro CREATE_ALLOW=ports:18000-18999 CREATE=safe";
    /** Image of the infra containers. Podman would build it with a program that is not installed. */
    private static final String INFRA_IMAGE = "podman --remote create --name infra-it busybox:local true"
            + " && podman --remote export infra-it"
            + " | podman --remote import --change 'ENTRYPOINT [\"sleep\", \"1000\"]' - infra:local"
            + " && podman --remote rm infra-it\n";

    @TempDir
    static Path folder;

    private static RealPodman podman;
    private static ProxyUnderTest proxy;

    @BeforeAll
    static void start() throws Exception {
        podman = RealPodman.get();
        Files.createDirectories(folder.resolve("data"));
        Files.writeString(folder.resolve("host-file"), "host-secret\n");
        Cli.Result made = direct(INFRA_IMAGE);
        assertThat(made.exitCode()).as(made.stderr()).isZero();
        Map<String, String> environment = new HashMap<>();
        for (Variable variable : Variables.load().all()) {
            environment.put(variable.name(), "1");
        }
        for (String setting : SETTINGS.replace("FOLDER", folder.toString()).split(" ")) {
            environment.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);
        }
        proxy = ProxyUnderTest.with(podman.socket(), environment);
    }

    @AfterAll
    static void stop() {
        if (proxy != null) {
            proxy.close();
            direct("podman --remote pod rm -f -t 0 pod-it; podman --remote volume rm -f pod-volume-it");
        }
    }

    private static Cli.Result direct(String line) {
        return podman.cli(folder, Map.of()).script(line);
    }

    private static Cli.Result throughProxy(String line) {
        return podman.cli(folder, Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + proxy.port()))
                .script(line.replace("FOLDER", folder.toString()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "podman --remote pod create --name pod-it",
                "podman --remote pod create --infra=false --name pod-it",
                "podman --remote pod create -p 18080:80 --share net,ipc,uts,pid --hostname h --label a=b"
                        + " --add-host a:1.2.3.4 --dns 1.1.1.1 --exit-policy stop --restart on-failure:3 --memory 64m --cpus 0.5"
                        + " --shm-size 10m --security-opt no-new-privileges -v pod-volume-it:/data -v FOLDER/data:/h:ro"
                        + " --infra-name infra-it --infra-command sleep --infra-image busybox:local --name pod-it",
                "podman --remote pod create --network none --share-parent=false --name pod-it",
            })
    void harmlessPodIsCreated(String line) {
        Cli.Result result = throughProxy(line
                + " && podman --remote pod exists pod-it && podman --remote pod inspect pod-it && podman --remote pod ps"
                + " && podman --remote pod rm -f -t 0 pod-it");

        assertThat(result.exitCode()).as(result.stderr()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--pid host",
                "--uts host",
                "--network host",
                "--network ns:/proc/1/ns/net",
                "--userns keep-id",
                "-v /etc:/h",
                "-v FOLDER/data:/h",
                "-v /etc:/h:O",
                "--volumes-from infra-it",
                "--device /dev/null:/dev/x",
                "--security-opt seccomp=unconfined",
                "--security-opt label=disable",
                "--sysctl kernel.msgmax=65536",
                "--cgroup-parent /x",
                "--infra-conmon-pidfile FOLDER/pid",
                "-p 80:80",
                "-p 80",
                "--add-host x:host-gateway",
                "--device-read-bps /dev/null:1mb",
            })
    void harmfulPodIsDenied(String options) {
        Cli.Result result = throughProxy("podman --remote pod create " + options + " --name pod-it");

        assertThat(result.exitCode()).isNotZero();
        assertThat(result.stderr()).contains("CREATE=safe");
    }
}
