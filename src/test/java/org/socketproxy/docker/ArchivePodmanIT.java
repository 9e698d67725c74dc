package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.archive.TarText;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;
import org.socketproxy.testing.RealPodman;

/** Archives that Podman unpacks on the host: it follows their links, and the proxy refuses these in every profile. */
class ArchivePodmanIT {
    @TempDir
    static Path folder;

    private static RealPodman podman;
    private static ProxyUnderTest proxy;

    @BeforeAll
    static void start() {
        podman = RealPodman.get();
        proxy = ProxyUnderTest.before("unix://" + podman.socket(), Map.of());
    }

    @AfterAll
    static void stop() {
        if (proxy != null) {
            proxy.close();
        }
    }

    private static RawResponse post(RawClient connected, String path, String type, byte[] archive) throws IOException {
        try (RawClient client = connected) {
            client.send("POST " + path + " HTTP/1.1\r\nHost: d\r\nContent-Type: " + type + "\r\nContent-Length: "
                    + archive.length + "\r\n\r\n");
            client.output().write(archive);
            return client.readAnswer("POST");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "load   | /images/load                | application/x-tar",
                "build  | /build                      | application/x-tar",
                "libpod | /v5.0.0/libpod/images/load  | application/x-tar",
                "own    | /v5.0.0/libpod/build        | application/x-tar",
                "play   | /v5.0.0/libpod/play/kube    | application/x-tar",
            })
    void noFileIsWrittenThroughALinkOfTheArchive(String name, String path, String type) throws Exception {
        Path host = Files.createDirectory(folder.resolve(name));
        byte[] archive = TarText.bytes("2 lk link=" + host + " ; 0 lk/x mode=4755 data=y ; 0 Dockerfile data=FROM");

        RawResponse refused = post(proxy.connect(), path, type, archive);

        assertThat(refused.status()).as(refused.body()).isEqualTo(403);
        assertThat(refused.body()).contains("has the entry lk/x, which is below a link of the same archive");
        assertThat(host).isEmptyDirectory();

        post(RawClient.connect(podman.socket()), path, type, archive);
        assertThat(host.resolve("x")).as("written by Podman without the proxy").exists();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 a link=/etc/shadow ; 0 Dockerfile data=FROM            | which is a hard link to a file that is not in the archive",
                "2 lk link=/etc ; 1 a link=lk/shadow ; 0 Dockerfile data=FROM | which is a hard link to a file that is not in the archive",
                "2 Dockerfile link=/etc/shadow                            | which is a symbolic link, and the daemon opens it",
                "2 .containerignore link=/etc/shadow ; 0 Dockerfile       | which is a symbolic link, and the daemon opens it",
                "6 Dockerfile                                             | which is a FIFO, and the daemon opens it",
            })
    void noFileOfTheHostIsReadByABuild(String archive, String sentence) throws Exception {
        RawResponse refused = post(proxy.connect(), "/build", "application/x-tar", TarText.bytes(archive));

        assertThat(refused.status()).as(refused.body()).isEqualTo(403);
        assertThat(refused.body()).contains(sentence);
    }

    @Test
    void buildSaveAndLoadWork() throws Exception {
        Path work = Files.createDirectory(folder.resolve("work"));
        String remote = "podman --url tcp://127.0.0.1:" + proxy.port();
        Cli.Result built = podman.cli(work, Map.of())
                .script(
                        "set -e; printf 'FROM busybox:local\\nCOPY . /c\\n' > Dockerfile; ln -s Dockerfile lk; echo a > a\n"
                                + remote + " build -q -t localhost/archive-it . > /dev/null\n"
                                + "podman --remote save -o image.tar localhost/archive-it 2> /dev/null\n"
                                + remote + " rmi localhost/archive-it > /dev/null\n"
                                + "gzip < image.tar | " + remote + " load 2> /dev/null\n"
                                + "podman --remote run --rm --network none localhost/archive-it cat /c/lk /c/a\n"
                                + remote + " rmi localhost/archive-it > /dev/null\n");

        assertThat(built.stdout())
                .as(built.stderr())
                .isEqualTo("Loaded image: localhost/archive-it:latest\nFROM busybox:local\nCOPY . /c\na\n");
    }
}
