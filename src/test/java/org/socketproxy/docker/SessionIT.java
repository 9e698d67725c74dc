package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RealDocker;

/** Special files and archives in builds of real clients: the daemon gets none of them through the proxy. */
@TestInstance(Lifecycle.PER_CLASS)
class SessionIT {
    @TempDir
    static Path folder;

    private RealDocker docker;
    private ProxyUnderTest proxy;

    @BeforeAll
    void start() {
        docker = RealDocker.get();
        proxy = ProxyUnderTest.allowingEverything(docker.socket());
    }

    @AfterAll
    void stop() {
        if (proxy != null) {
            proxy.close();
        }
    }

    private Cli client(String name) throws IOException {
        return Cli.in(
                Files.createDirectories(folder.resolve(name)),
                Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + proxy.port(), "LC_ALL", "C", "BUILDKIT_PROGRESS", "plain"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mknod Dockerfile b 7 0                                              | build .              | a device (Dockerfile)",
                "mknod Dockerfile c 1 5                                              | build .              | a device (Dockerfile)",
                "mkfifo Dockerfile                                                   | build .              | a FIFO (Dockerfile)",
                "printf 'FROM scratch\\nCOPY . /\\n' > Dockerfile; mknod .dockerignore c 1 5           | build .              | a device (.dockerignore)",
                "printf 'FROM scratch\\nCOPY . /\\n' > Dockerfile; mkfifo .dockerignore                | build .              | a FIFO (.dockerignore)",
                "printf 'FROM scratch\\nCOPY . /\\n' > Dockerfile; mkfifo p          | build .              | a FIFO (p)",
                "printf 'FROM scratch\\nCOPY . /\\n' > Dockerfile; mknod d b 7 0     | build .              | a device (d)",
                "printf 'FROM scratch\\nCOPY . /\\n' > Dockerfile; mkfifo p          | build - < ../ctx.tar | entry p, which is a FIFO",
                "mknod Dockerfile c 1 5                                              | build - < ../ctx.tar | which is a character device",
            })
    void specialFileEndsTheBuild(String files, String build, String sentence) throws Exception {
        long before = threads();
        Cli.Result result = client("special")
                .script("rm -rf ctx && mkdir ctx && cd ctx && " + files
                        + " && tar -cf ../ctx.tar . && timeout 60 docker buildx " + build);

        assertThat(result.exitCode()).as(result.toString()).isEqualTo(1);
        assertThat(result.stderr())
                .contains("PermissionDenied")
                .contains("socket-proxy: Session")
                .contains(sentence);
        assertThat(threads()).isLessThan(before + 20);
    }

    private long threads() throws IOException {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().arguments().stream()
                        .flatMap(java.util.Arrays::stream)
                        .anyMatch(argument -> argument.equals("--host=unix://" + docker.socket())))
                .mapToLong(process -> threads(process.pid()))
                .sum();
    }

    private static long threads(long pid) {
        String[] tasks = Path.of("/proc/" + pid + "/task").toFile().list();
        return tasks == null ? 0 : tasks.length;
    }

    @Test
    void archivesOnStandardInputAreBuilt() throws Exception {
        String files =
                "rm -rf a && mkdir a && cd a && printf 'FROM scratch\\nCOPY f /f\\n' > Dockerfile && echo x > f && ";
        for (String tar : new String[] {"tar -c .", "tar -cz .", "tar -c Dockerfile f"}) {
            Cli.Result result = client("archive").script(files + tar + " | docker buildx build --no-cache -");
            assertThat(result.exitCode()).as(tar + " " + result).isZero();
        }
        Cli.Result denied = client("archive").script(files + "tar -c . | xz | docker buildx build --no-cache -");
        assertThat(denied.stderr()).contains("compressed with xz");
    }

    @Test
    void contextWithLinksAndManyFilesIsBuilt() throws Exception {
        Cli.Result result = client("many")
                .script(
                        "rm -rf m && mkdir -p m/d/e && cd m && for i in $(seq 300); do echo $i > d/e/f$i; echo $i > g$i; done;"
                                + " ln d/e/f1 d/e/z; ln -s /etc/passwd l; ln -s d s; echo u > \"d/$(printf 'a\\351b')\"; mkdir $'new\\nline';"
                                + " printf 'FROM busybox:local\\nCOPY . /x/\\nRUN cd /x && test \"$(cat d/e/z)\" = 1 && ls d/e | wc -l\\n' > Dockerfile;"
                                + " docker buildx build --network none --no-cache .");
        assertThat(result.exitCode()).as(result.toString()).isZero();
        assertThat(result.stderr()).contains("301");
    }
}
