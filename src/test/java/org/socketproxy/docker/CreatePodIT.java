package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.Cli;

/** Pods with {@code CREATE=safe}, between {@code podman --remote} and a real Podman. */
@Tag("thorough")
class CreatePodIT {
    /** Image of the infra containers. Podman would build it with a program that is not installed. */
    private static final String INFRA_IMAGE = "podman --remote create --name infra-it busybox:local true"
            + " && podman --remote export infra-it"
            + " | podman --remote import --change 'ENTRYPOINT [\"sleep\", \"1000\"]'"
            + " --change 'STOPSIGNAL SIGKILL' - infra:local"
            + " && podman --remote rm infra-it\n";

    @TempDir
    static Path folder;

    private static SafePodman podman;

    @BeforeAll
    static void start() throws Exception {
        podman = new SafePodman(folder, "ports:1024-65535");
        podman.make(INFRA_IMAGE
                + "set -e\n"
                + "podman --remote pod create --network none --pid host --share pid --name pod-pid-it\n"
                + "podman --remote pod create --network none -v FOLDER:/h --name pod-bind-it\n"
                + "podman --remote pod create --network none --cgroup-parent /x --name pod-cgroup-it\n"
                + "podman --remote pod create --network none --name pod-mixed-it\n"
                + "podman --remote create --pod pod-mixed-it --name in-mixed-it busybox:local sleep 1000\n"
                + "podman --remote create --pod pod-mixed-it --privileged busybox:local sleep 1000\n"
                + "podman --remote run -d --pod pod-bind-it --name in-bind-it busybox:local sleep 1000\n"
                + "podman --remote run -d --pod pod-pid-it --name in-pid-it busybox:local sleep 1000\n");
    }

    @AfterAll
    static void stop() {
        if (podman != null) {
            podman.close();
            podman.direct("podman --remote pod rm -f -t 0 pod-it pod-pid-it pod-bind-it pod-cgroup-it pod-mixed-it;"
                    + " podman --remote volume rm -f pod-volume-it");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "podman --remote pod create --name pod-it",
                "podman --remote pod create --infra=false --name pod-it",
                "podman --remote pod create -p 8080:80 --share net,ipc,uts,pid --hostname h --label a=b"
                        + " --add-host a:1.2.3.4 --dns 1.1.1.1 --exit-policy stop --restart on-failure:3 --memory 64m --cpus 0.5"
                        + " --shm-size 10m --security-opt no-new-privileges -v pod-volume-it:/data -v FOLDER/data:/h:ro"
                        + " --infra-name infra-it --infra-command sleep --infra-image busybox:local --name pod-it",
                "podman --remote pod create --network none --share-parent=false --name pod-it",
            })
    void harmlessPodIsCreated(String line) {
        Cli.Result result = podman.throughProxy(line
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
            })
    void harmfulPodIsDenied(String options) {
        Cli.Result result = podman.throughProxy("podman --remote pod create " + options + " --name pod-it");

        assertThat(result.exitCode()).isNotZero();
        assertThat(result.stderr()).contains("CREATE=safe");
    }

    /** The client of Podman 5.8 does not send this option on cgroup version 1. */
    @Test
    void limitOfADeviceOfTheHostIsDenied() throws IOException {
        String body = "{\"name\":\"pod-it\",\"throttleReadBpsDevice\":{\"/dev/null\":{\"rate\":1048576}}}";

        assertThat(podman.post("/v5.0.0/libpod/pods/create", body)).contains("throttleReadBpsDevice", "CREATE=safe");
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** Each line works in the new pod {@code pod-it}. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--infra=false | podman --remote run --rm --pod pod-it --network none busybox:local true",
                "-p PORT:80 | podman --remote run -d --pod pod-it busybox:local busybox httpd -f -p 80 -h /etc"
                        + " && podman --remote run --rm --pod pod-it busybox:local busybox wget -q -O - http://127.0.0.1:80/passwd",
                "--network none -v pod-volume-it:/v -v FOLDER/data:/h:ro |"
                        + " podman --remote run --rm --pod pod-it busybox:local cat /h/public",
                "--network none | podman --remote run -d --pod pod-it --name in-it busybox:local sleep 1000"
                        + " && podman --remote exec in-it true && podman --remote cp in-it:/etc/passwd - "
                        + " && podman --remote pause in-it && podman --remote unpause in-it"
                        + " && podman --remote stop -t 0 in-it && podman --remote start in-it"
                        + " && podman --remote restart -t 0 in-it && podman --remote pod top pod-it"
                        + " && podman --remote commit in-it pod-commit-it:1 && podman --remote rmi pod-commit-it:1",
                "--network none | podman --remote create --stop-timeout 0 --pod pod-it busybox:local sleep 1000"
                        + " && podman --remote pod start pod-it && podman --remote pod pause pod-it"
                        + " && podman --remote pod unpause pod-it && podman --remote pod restart pod-it"
                        + " && podman --remote pod stats --no-stream pod-it && podman --remote pod kill pod-it"
                        + " && podman --remote pod start pod-it && podman --remote pod stop -t 0 pod-it",
                "--network none --share pid,ipc,uts --share-parent=false | podman --remote create --pod pod-it busybox:local true"
                        + " && podman --remote pod start pod-it",
            })
    void harmlessPodIsUsed(String options, String line) throws Exception {
        Cli.Result result = podman.throughProxy(
                "podman --remote pod create " + options.replace("PORT", Integer.toString(freePort()))
                        + " --name pod-it && " + line + " || echo FAILED");
        podman.direct("podman --remote pod rm -f -t 0 pod-it");

        assertThat(result.stdout() + result.stderr()).doesNotContain("FAILED");
    }

    @Test
    void podOfANewContainerIsCreated() {
        Cli.Result result = podman.throughProxy(
                "podman --remote run -d --pod new:pod-it --name in-it busybox:local sleep 1000 && podman --remote exec in-it true");
        podman.direct("podman --remote pod rm -f -t 0 pod-it");

        assertThat(result.exitCode()).as(result.stderr()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "run --rm --pod pod-pid-it busybox:local true",
                "run --rm --pod pod-bind-it busybox:local true",
                "run --rm --pod pod-cgroup-it busybox:local true",
                "run --rm --pod pod-mixed-it --privileged busybox:local true",
                "run --rm --pod pod-mixed-it --pid host busybox:local true",
                "run --rm --pod pod-mixed-it --volumes-from in-bind-it busybox:local true",
                "exec in-pid-it true",
                "exec in-bind-it true",
                "restart -t 0 in-bind-it",
                "commit in-bind-it stolen:1",
                "pod start pod-mixed-it",
                "run --rm --pod new:pod-it --pid host --privileged busybox:local true",
                "run --rm --network container:in-mixed-it busybox:local true",
            })
    void harmfulPodIsNotUsed(String command) {
        Cli.Result result = podman.throughProxy("podman --remote " + command);
        podman.direct("podman --remote pod rm -f -t 0 pod-it");

        assertThat(result.exitCode()).isNotZero();
        assertThat(result.stderr()).contains("CREATE=safe");
    }

    /** The client does not ask for what it takes for superfluous. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pod-pid-it    | start   | 403 | HostConfig.PidMode is host",
                "pod-bind-it   | start   | 403 | binds",
                "pod-bind-it   | restart | 403 | binds",
                "pod-bind-it   | unpause | 403 | binds",
                "pod-cgroup-it | start   | 403 | the pod's CgroupParent is set",
                "pod-mixed-it  | restart | 403 | in the pod, the container's HostConfig.Privileged is true",
                "no-such-pod   | start   | 404 | no pod with name or ID no-such-pod found",
            })
    void startOfAHarmfulPodIsDenied(String pod, String action, int status, String reason) throws Exception {
        assertThat(podman.post("/v5.4.0/libpod/pods/" + pod + "/" + action))
                .startsWith("HTTP/1.1 " + status + " ")
                .contains(reason);
    }

    /** Without the rules, each pod gives its containers something of the host. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pod-bind-it | cat /h/host-file | host-secret",
                "pod-pid-it | cat /proc/1/comm | HOST",
            })
    void withoutTheRulesThePodTakesEffect(String pod, String command, String effect) throws Exception {
        String line = "podman --remote run --rm --pod " + pod + " busybox:local " + command;
        String expected =
                effect.replace("HOST", Files.readString(Path.of("/proc/1/comm")).strip());

        assertThat(podman.direct(line).stdout()).contains(expected);

        assertThat(podman.throughProxy(line).stderr()).contains("CREATE=safe");
    }
}
