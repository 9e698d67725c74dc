package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.archive.TarText;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;
import org.socketproxy.testing.RealDocker;

/** Archives that dockerd unpacks: what it accepts, and what reaches it through the proxy. */
class ArchiveIT {
    @TempDir
    static Path folder;

    private static RealDocker docker;
    private static Cli direct;
    private static ProxyUnderTest proxy;

    @BeforeAll
    static void start() {
        docker = RealDocker.get();
        direct = docker.cli(folder, Map.of());
        RealDocker.makeImage(direct);
        Cli.Result made = direct.script("docker run -d --name archive-it --network none --user 1000"
                + " --security-opt no-new-privileges busybox:local sleep 1000");
        assertThat(made.exitCode()).as(made.stderr()).isZero();
        proxy = proxy(Map.of());
    }

    private static ProxyUnderTest proxy(Map<String, String> settings) {
        Map<String, String> complete = new HashMap<>(Map.of("CREATE", "safe", "CREATE_REQUIRE", "non-root"));
        complete.putAll(settings);
        return ProxyUnderTest.before("unix://" + docker.socket(), complete);
    }

    @AfterAll
    static void stop() {
        if (proxy != null) {
            proxy.close();
            direct.script("docker rm -f archive-it");
        }
    }

    private static RawResponse put(RawClient connected, String path, byte[] archive) throws IOException {
        try (RawClient client = connected) {
            client.send((path.startsWith("/build") ? "POST " : "PUT ") + path
                    + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/x-tar\r\n" + "Content-Length: "
                    + archive.length + "\r\n\r\n");
            client.output().write(archive);
            return client.readAnswer("PUT");
        }
    }

    private static int statusOf(String file) throws IOException {
        try (RawClient client = RawClient.connect(docker.socket())) {
            return client.request("HEAD", "/containers/archive-it/archive?path=/" + file)
                    .readAnswer("HEAD")
                    .status();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "disk | 200 | 4 disk major=7                                            | which is a block device",
                "null | 200 | 3 null major=1 minor=3                                    | which is a character device",
                "pipe | 200 | 6 pipe                                                    | which is a FIFO",
                "su   | 200 | 0 su mode=4755 data=x                                     | which is set-uid or set-gid",
                "sg   | 200 | 0 sg mode=2755 data=x                                     | which is set-uid or set-gid",
                "hard | 200 | 1 hard link=/etc/passwd                                   | which is a hard link to a file that is not in the archive",
                "x    | 200 | 2 lk link=/ ; 0 lk/x data=y                              | which is below a link",
                "s    | 500 | S s                                                       | has an entry of the type S",
                "sock | 500 | s sock                                                    | has an entry of the type s",
                "cap  | 200 | x SCHILY.xattr.security.capability=<01><00><00><02><00><04><00><00><00><00><00><00><00><00><00><00><00><00><00><00> ; 0 cap data=x | has file capabilities",
            })
    void dockerdUnpacksWhatTheProxyRefuses(String file, int status, String archive, String sentence) throws Exception {
        byte[] bytes = TarText.bytes(archive);
        String path = "/containers/archive-it/archive?path=/";

        RawResponse refused = put(proxy.connect(), path, bytes);

        assertThat(refused.status()).as(refused.body()).isEqualTo(403);
        assertThat(refused.body()).contains(sentence);
        assertThat(statusOf(file)).isEqualTo(404);
        assertThat(put(RawClient.connect(docker.socket()), path, bytes).status() / 100)
                .isEqualTo(status / 100);
        assertThat(statusOf(file)).isEqualTo(status == 200 ? 200 : 404);
    }

    /** dockerd 26 writes this file below the folder, and 29 refuses it. */
    @Test
    void noNameLeavesTheFolder() throws Exception {
        RawResponse refused =
                put(proxy.connect(), "/containers/archive-it/archive?path=/", TarText.bytes("0 ../up data=y"));

        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.body()).contains("has the name ../up, which leaves its folder");
        assertThat(statusOf("up")).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"4 Dockerfile major=7 minor=200", "6 .dockerignore ; 0 Dockerfile data=FROM"})
    void noDeviceIsReadAsTheFileOfABuild(String archive) throws Exception {
        try (ProxyUnderTest building = proxy(Map.of("CREATE_REQUIRE", ""))) {
            RawResponse refused = put(building.connect(), "/build", TarText.bytes(archive));

            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.body()).contains("has the entry ");
        }
    }

    @Test
    void filesThatAreCopiedSurvive() {
        Cli.Result copied = docker.cli(folder, Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + proxy.port()))
                .script("set -e; rm -rf data back; mkdir -p data/d; echo hello > data/d/file; : > data/empty\n"
                        + "ln -s /nowhere data/link; ln data/d/file data/hard; chmod 640 data/d/file\n"
                        + "head -c 3000000 /dev/urandom > data/large; touch -d '2020-01-02 03:04:05.678' data/large\n"
                        + "mkdir -p data/" + "long/".repeat(30) + "; chown 1234:5000000 data/empty\n"
                        + "tar --format=pax -c data | docker cp - archive-it:/\n"
                        + "tar -C data -cz large | docker cp - archive-it:/data/d\n"
                        + "mkdir back; docker cp archive-it:/data - | tar -C back --strip-components=1 -xp\n"
                        + "cmp data/large back/d/large; rm back/d/large; diff -r --no-dereference data back\n"
                        + "cd back; find . -printf '%y %m %U %G %s %l %P\\n' | grep -v '^d' | sort > ../after\n"
                        + "cd ../data; find . -printf '%y %m %U %G %s %l %P\\n' | grep -v '^d' | sort > ../before\n"
                        + "diff ../before ../after && echo equal");

        assertThat(copied.stdout()).as(copied.stderr()).isEqualTo("equal\n");
    }

    @Test
    void aPermissionOpensDevicesButNotForTheFilesOfAccounts() throws Exception {
        try (ProxyUnderTest allowing = proxy(Map.of("CREATE_ALLOW", "archive-devices"))) {
            String path = "/containers/archive-it/archive?path=";

            assertThat(put(allowing.connect(), path + "/", TarText.bytes("3 own major=1 minor=3"))
                            .status())
                    .isEqualTo(200);
            RawResponse refused = put(allowing.connect(), path + "/etc", TarText.bytes("6 passwd"));
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.body())
                    .contains("has the entry passwd, which is a FIFO, and the daemon opens this path");
        }
    }

    @Test
    void aBuildContextWithLinksWorks() throws Exception {
        Files.createDirectories(folder.resolve("context"));
        try (ProxyUnderTest building = proxy(Map.of("CREATE_REQUIRE", ""))) {
            Cli.Result built = docker.cli(
                            folder, Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + building.port(), "DOCKER_BUILDKIT", "0"))
                    .script(
                            "cd context; printf 'FROM busybox:local\\nCOPY . /c\\n' > Dockerfile; ln -sfn Dockerfile lk; echo a > a\n"
                                    + "docker build --compress -t archive-it:built . > /dev/null 2>&1 && docker -H unix://"
                                    + docker.socket()
                                    + " run --rm --network none archive-it:built cat /c/lk /c/a; docker rmi archive-it:built > /dev/null");

            assertThat(built.stdout()).as(built.stderr()).isEqualTo("FROM busybox:local\nCOPY . /c\na\n");
        }
    }
}
