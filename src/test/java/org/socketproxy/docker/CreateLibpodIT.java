package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.Cli;

/** {@code CREATE=safe} between {@code podman --remote}, which uses Podman's own API, and a real Podman. */
class CreateLibpodIT {
    @TempDir
    static Path folder;

    private static SafePodman podman;

    @BeforeAll
    static void start() throws Exception {
        podman = new SafePodman(folder, "ports:18000-18999");
        podman.make("podman --remote run -d --name libpod-it --network none busybox:local sleep 1000\n"
                + "podman --remote run -d --privileged --name libpod-root-it --network none busybox:local sleep 1000\n"
                + "podman --remote create -v /etc:/host:ro --name libpod-bind-it --network none busybox:local true\n"
                + "podman --remote create --requires libpod-root-it --name libpod-requires-it --network none"
                + " busybox:local true\n"
                + "podman --remote volume create -o type=none -o o=bind -o device=/etc libpod-evil-it");
    }

    @AfterAll
    static void stop() {
        if (podman != null) {
            podman.close();
            podman.direct(
                    "podman --remote rm -f -t 0 libpod-requires-it libpod-it libpod-root-it libpod-bind-it;"
                            + " podman --remote volume rm -f libpod-evil-it libpod-volume-it; podman --remote network rm -f libpod-net-it");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "podman --remote run --rm --network none busybox:local true",
                "podman --remote run -d --name x -v libpod-volume-it:/data -e A=b --memory 64m --network none busybox:local"
                        + " sleep 1000 && podman --remote exec x sh -c 'echo $A > /data/f' && podman --remote rm -f -t 0 x",
                "podman --remote create --name p --network podman -p 18080:80 busybox:local true && podman --remote rm p",
                "podman --remote run --rm --network none -v FOLDER/data:/data:ro --tmpfs /t:size=1m --read-only"
                        + " --user 1000:1000 --cap-drop ALL --security-opt no-new-privileges --pids-limit 50 busybox:local true",
                "podman --remote run --rm --network none --mount type=tmpfs,destination=/t,tmpfs-size=100000"
                        + " --mount type=volume,source=libpod-volume-it,destination=/v --hostname h --label a=b busybox:local true",
                "podman --remote create --name s --network none busybox:local sleep 1000 && podman --remote start s"
                        + " && podman --remote restart -t 0 s && podman --remote kill s && podman --remote rm -f -t 0 s",
                "podman --remote pause libpod-it && podman --remote unpause libpod-it",
                "podman --remote exec libpod-it true",
                "podman --remote rename libpod-it libpod-it2 && podman --remote rename libpod-it2 libpod-it",
                "echo x > f && podman --remote cp f libpod-it:/tmp/f && podman --remote cp libpod-it:/tmp/f -",
                "podman --remote volume create --label a=b v && podman --remote volume rm v",
                "podman --remote network create --label a=b libpod-net-it && podman --remote network rm libpod-net-it",
                "podman --remote commit libpod-it committed:1 && podman --remote tag committed:1 other:1"
                        + " && podman --remote untag other:1 other:1 && podman --remote rmi committed:1",
                "echo secret | podman --remote secret create libpod-secret-it - && podman --remote run --rm --network none"
                        + " --secret libpod-secret-it busybox:local cat /run/secrets/libpod-secret-it"
                        + " && podman --remote secret rm libpod-secret-it",
                "podman --remote update --memory 64m libpod-it",
                "podman --remote run --rm --network none --tz UTC --init=false --health-cmd true --restart no busybox:local true",
            })
    void harmlessLineWorks(String line) {
        Cli.Result result = podman.throughProxy(line);

        assertThat(result.exitCode()).as(result.stderr()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "podman --remote run --rm --network none --privileged busybox:local true",
                "podman --remote run --rm --network host busybox:local true",
                "podman --remote run --rm --network none --pid host busybox:local true",
                "podman --remote run --rm --network none --ipc host busybox:local true",
                "podman --remote run --rm --network none --pid ns:/proc/1/ns/pid busybox:local true",
                "podman --remote run --rm --network container:libpod-root-it busybox:local true",
                "podman --remote run --rm --network none -v /etc:/h busybox:local true",
                "podman --remote run --rm --network none -v FOLDER/data:/h busybox:local true",
                "podman --remote run --rm --network none -v /etc:/h:O busybox:local true",
                "podman --remote run --rm --network none -v libpod-volume-it:/h:O,upperdir=/etc,workdir=/srv busybox:local true",
                "podman --remote run --rm --network none -v libpod-evil-it:/h busybox:local true",
                "podman --remote run --rm --network none --volumes-from libpod-bind-it busybox:local true",
                "podman --remote run --rm --network none --device /dev/null:/dev/x busybox:local true",
                "podman --remote run --rm --network none --cap-add SYS_ADMIN busybox:local true",
                "podman --remote run --rm --network none --security-opt seccomp=unconfined busybox:local true",
                "podman --remote run --rm --network none --security-opt unmask=ALL busybox:local true",
                "podman --remote run --rm --network none --userns keep-id busybox:local true",
                "podman --remote run --rm --network none --cgroup-parent /x busybox:local true",
                "podman --remote run --rm --network none --sysctl kernel.msgmax=65536 busybox:local true",
                "podman --remote run --rm --network none --annotation run.oci.keep_original_groups=1 busybox:local true",
                "podman --remote run --rm --network none --requires libpod-root-it busybox:local true",
                "podman --remote run --rm --network podman -p 80:80 busybox:local true",
                "podman --remote run --rm --network none --tz ../../../etc/hostname busybox:local true",
                "podman --remote run --rm --network none --log-driver journald busybox:local true",
                "podman --remote run --rm --network none --health-log-destination FOLDER --health-cmd true busybox:local true",
                "podman --remote exec libpod-root-it true",
                "podman --remote exec --privileged libpod-it true",
                "podman --remote start libpod-bind-it",
                "podman --remote restart -t 0 libpod-root-it",
                "podman --remote init libpod-bind-it",
                "podman --remote start libpod-requires-it",
                "podman --remote init libpod-requires-it",
                "podman --remote commit libpod-root-it stolen:1",
                "podman --remote update --memory 64m libpod-root-it",
                "podman --remote volume create -o type=none -o o=bind -o device=/etc bind-it",
                "podman --remote network create --subnet 10.77.0.0/24 libpod-net-it",
                "podman --remote network create -d macvlan libpod-net-it",
                "podman --remote pod create --pid host p",
                "echo 'FROM busybox:local' > Containerfile && podman --remote build .",
            })
    void harmfulLineIsDenied(String line) {
        Cli.Result result = podman.throughProxy(line);

        assertThat(result.exitCode()).isNotZero();
        assertThat(result.stderr()).contains("CREATE=safe");
    }

    /** {@code podman run -d} starts a container with the containers that it requires. */
    @ParameterizedTest
    @CsvSource({"libpod-requires-it, 403", "libpod-it, 304"})
    void startWithDependenciesIsDenied(String container, int status) throws Exception {
        assertThat(podman.post("/v5.4.0/libpod/containers/" + container + "/start?recursive=true"))
                .startsWith("HTTP/1.1 " + status + " ");
    }

    /** Without the rules, each of these command lines prints something of the host. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "-v FOLDER:/h busybox:local cat /h/host-file                              | host-secret",
                "--mount type=bind,source=FOLDER,destination=/h busybox:local cat /h/host-file | host-secret",
                "-v FOLDER:/h:O busybox:local cat /h/host-file                            | host-secret",
                "--pid host busybox:local cat /proc/1/comm                                | HOST",
            })
    void withoutTheRulesTheLineTakesEffect(String options, String effect) throws Exception {
        String line = "podman --remote run --rm --network none " + options;
        String expected =
                effect.replace("HOST", Files.readString(Path.of("/proc/1/comm")).strip());

        assertThat(podman.direct(line).stdout()).contains(expected);

        assertThat(podman.throughProxy(line).stderr()).contains("CREATE=safe");
    }
}
