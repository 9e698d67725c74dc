package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.archive.ImageText;
import org.socketproxy.archive.TarText;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.Programs;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;
import org.socketproxy.testing.RealDaemon;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.RealPodman;

/** Loading and importing of images with {@code CREATE=safe} and its permission, on both daemons. */
class ImageLoadIT {
    private static final Map<String, String> LOADING = Map.of(
            "CREATE",
            "safe",
            "CREATE_ALLOW",
            "image-load,image-import,volume-import",
            "CREATE_IMAGES",
            "trusted.local/**,load-it/run",
            "PROTECT",
            "images:reference:load-it/guarded");

    @TempDir
    static Path folder;

    private static RealDocker docker;
    private static RealPodman podman;
    private static ProxyUnderTest toDocker;
    private static ProxyUnderTest toPodman;

    @BeforeAll
    static void start() {
        docker = RealDocker.get();
        podman = RealPodman.get();
        RealDocker.makeImage(docker.cli(folder, Map.of()));
        for (RealDaemon daemon : new RealDaemon[] {docker, podman}) {
            Cli.Result tagged = cli("unix://" + daemon.socket()).script("docker tag busybox:local load-it/guarded:1");
            assertThat(tagged.exitCode()).as(tagged.stderr()).isZero();
        }
        toDocker = proxy(docker, LOADING);
        toPodman = proxy(podman, LOADING);
    }

    @AfterAll
    static void stop() {
        if (toPodman != null) {
            toDocker.close();
            toPodman.close();
            for (RealDaemon daemon : new RealDaemon[] {docker, podman}) {
                cli("unix://" + daemon.socket()).script("docker rmi load-it/guarded:1 load-it:1 load-it/i:1 new:1");
            }
        }
    }

    private static ProxyUnderTest proxy(RealDaemon daemon, Map<String, String> settings) {
        return ProxyUnderTest.before("unix://" + daemon.socket(), new HashMap<>(settings));
    }

    private static Cli cli(String host) {
        return docker.cli(folder, Map.of("DOCKER_HOST", host));
    }

    private static String names(RealDaemon daemon) {
        return cli("unix://" + daemon.socket())
                .script("docker images --format '{{.Repository}}:{{.Tag}}' | sort")
                .stdout();
    }

    private static RawResponse post(ProxyUnderTest proxy, String path, byte[] archive) throws IOException {
        try (RawClient client = proxy.connect()) {
            client.send("POST " + path + " HTTP/1.1\r\nHost: d\r\nContent-Type: application/x-tar\r\nContent-Length: "
                    + archive.length + "\r\n\r\n");
            client.output().write(archive);
            return client.readAnswer("POST");
        }
    }

    @ParameterizedTest
    @CsvFileSource(resources = "image-loads.txt", delimiter = '|', quoteCharacter = '\u0001')
    void aRefusedArchiveLoadsNothing(String archive, String sentence) throws Exception {
        byte[] bytes = ImageText.bytes(archive.strip());
        for (boolean isPodman : new boolean[] {false, true}) {
            RealDaemon daemon = isPodman ? podman : docker;
            String before = names(daemon);

            RawResponse refused = post(isPodman ? toPodman : toDocker, "/images/load", bytes);

            assertThat(refused.status()).as(refused.body()).isEqualTo(403);
            assertThat(refused.body()).contains(sentence.strip());
            assertThat(names(daemon)).isEqualTo(before);
        }
        RawResponse refused = post(toPodman, "/v5.0.0/libpod/images/load", bytes);

        assertThat(refused.status()).as(refused.body()).isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(strings = {"docker", "oci", "docker ; manifest.json: [\"new:1\"] -> null"})
    void anArchiveThatIsAllowedIsLoaded(String archive) throws Exception {
        byte[] bytes = ImageText.bytes(archive);

        RawResponse byDocker = post(toDocker, "/images/load", TarText.gzip(bytes));
        RawResponse byPodman = post(toPodman, "/images/load", TarText.compressed("xz", bytes));
        RawResponse byLibpod = post(toPodman, "/v5.0.0/libpod/images/load", TarText.compressed("zstd", bytes));

        assertThat(byDocker.status()).as(byDocker.body()).isEqualTo(200);
        boolean isReadByAnyDocker = !archive.equals("oci"); // dockerd 26 needs manifest.json
        assertThat(byDocker.body()).containsPattern(isReadByAnyDocker ? "Loaded image" : "Loaded image|no such file");
        assertThat(byPodman.status()).as(byPodman.body()).isEqualTo(200);
        assertThat(byLibpod.status()).as(byLibpod.body()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "xz", "zstd -q"})
    void savedImagesAreLoaded(String compress) {
        Programs.assumeInstalled(compress.split(" ")[0]);
        for (ProxyUnderTest proxy : new ProxyUnderTest[] {toDocker, toPodman}) {
            String direct = "unix://" + (proxy == toDocker ? docker : podman).socket();
            Cli.Result loaded = cli("tcp://127.0.0.1:" + proxy.port())
                    .script("set -e; D='docker -H " + direct + "'; $D tag busybox:local load-it:1\n"
                            + "$D save load-it:1 > saved; $D rmi load-it:1 > /dev/null\n"
                            + compress + " < saved | docker load | grep -c 'load-it:1'\n"
                            + "$D run --rm --network none load-it:1 echo runs; $D rmi load-it:1 > /dev/null");

            assertThat(loaded.stdout()).as(loaded.stderr()).isEqualTo("1\nruns\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"docker-archive", "oci-archive"})
    void imagesThatPodmanSavesAreLoaded(String format) {
        String remote = "podman --url tcp://127.0.0.1:" + toPodman.port();
        Cli.Result loaded = podman.cli(folder, Map.of())
                .script("set -e; podman --remote tag busybox:local localhost/load-it:1; rm -f saved.tar\n"
                        + "podman --remote save --format " + format
                        + " -o saved.tar localhost/load-it:1 2> /dev/null\n"
                        + "podman --remote rmi localhost/load-it:1 > /dev/null\n"
                        + remote + " load -i saved.tar 2> /dev/null\n"
                        + "podman --remote run --rm --network none localhost/load-it:1 echo runs\n"
                        + "podman --remote rmi localhost/load-it:1 > /dev/null");

        assertThat(loaded.stdout()).as(loaded.stderr()).isEqualTo("Loaded image: localhost/load-it:1\nruns\n");
    }

    @Test
    void anImportNeedsItsPermissionAndAFreeName() throws Exception {
        byte[] files = TarText.bytes("0 a data=x");
        for (ProxyUnderTest proxy : new ProxyUnderTest[] {toDocker, toPodman}) {
            String path = "/images/create?fromSrc=-&tag=1&repo=";
            for (String form : new String[] {"gzip", "xz", "zstd"}) {
                assertThat(post(proxy, path + "load-it/i", TarText.compressed(form, files))
                                .status())
                        .isEqualTo(200);
            }
            assertThat(post(proxy, path + "load-it/run", files).body()).contains("names an image that CREATE_IMAGES");
            assertThat(post(proxy, path.replace("=-", "=http://127.0.0.1/a") + "load-it/i", new byte[0])
                            .status())
                    .isEqualTo(403);
            assertThat(post(proxy, path + "load-it/i", TarText.bytes("6 etc/passwd"))
                            .status())
                    .isEqualTo(403);
        }
        String libpod = "/v5.0.0/libpod/images/import?reference=";
        assertThat(post(toPodman, libpod + "localhost/load-it/i:1", files).status())
                .isEqualTo(200);
        assertThat(post(toPodman, libpod + "load-it/i:1", files).body()).contains("has no registry");
        assertThat(post(toPodman, libpod + "trusted.local/a:1", files).status()).isEqualTo(403);
        assertThat(post(toPodman, libpod + "localhost/load-it/i:1&url=http://127.0.0.1/a", new byte[0])
                        .status())
                .isEqualTo(403);
        assertThat(post(toPodman, "/build?remote=http://127.0.0.1/a.tar", new byte[0])
                        .status())
                .isEqualTo(403);
    }

    @Test
    void withoutThePermissionTheSentenceNamesIt() throws Exception {
        try (ProxyUnderTest proxy = proxy(podman, Map.of("CREATE", "safe"))) {
            byte[] files = TarText.bytes("0 a data=x");

            assertThat(post(proxy, "/images/load", files).body()).contains("CREATE_ALLOW=image-load would");
            assertThat(post(proxy, "/images/create?fromSrc=-", files).body())
                    .contains("CREATE_ALLOW=image-import would");
            assertThat(post(proxy, "/v5.0.0/libpod/images/load", files).body())
                    .contains("CREATE_ALLOW=image-load would");
            assertThat(post(proxy, "/v5.0.0/libpod/images/import", files).body())
                    .contains("CREATE_ALLOW=image-import would");
            assertThat(post(proxy, "/v5.0.0/libpod/volumes/a/import", files).body())
                    .contains("CREATE_ALLOW=volume-import would");
        }
        try (ProxyUnderTest proxy = proxy(podman, Map.of())) {
            assertThat(post(proxy, "/build?remote=http://127.0.0.1/a.tar", new byte[0])
                            .body())
                    .contains("remote makes Podman fetch and unpack an archive that no judge reads");
        }
    }

    /** Podman 5.4 has no route for the import of a volume. */
    @Test
    void aVolumeImportIsJudgedByItsVolume() throws Exception {
        String path = "/v5.0.0/libpod/volumes/load-it/import";
        Cli direct = cli("unix://" + podman.socket());
        direct.script("docker volume create --opt type=none --opt o=bind --opt device=/srv load-it");
        try {
            RawResponse refused = post(toPodman, path, TarText.bytes("0 a data=x"));

            assertThat(refused.status()).as(refused.body()).isEqualTo(403);
            assertThat(refused.body()).contains("the volume load-it's Options");
        } finally {
            direct.script("docker volume rm load-it");
        }
    }
}
