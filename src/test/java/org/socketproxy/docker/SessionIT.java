package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RealDocker;

/** Special files and archives in builds of real clients: the daemon gets none of them through the proxy. */
@TestInstance(Lifecycle.PER_CLASS)
@Tag("thorough")
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
        return client(name, "tcp://127.0.0.1:" + proxy.port());
    }

    private Cli direct(String name) throws IOException {
        return client(name, "unix://" + docker.socket());
    }

    private static Cli client(String name, String host) throws IOException {
        return Cli.in(
                Files.createDirectories(folder.resolve(name)),
                Map.of("DOCKER_HOST", host, "LC_ALL", "C", "BUILDKIT_PROGRESS", "plain"));
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
                "mknod d b 7 200; echo FROM scratch > Dockerfile                     | build - < ../ctx.tar | which is a block device",
            })
    void specialFileEndsTheBuild(String files, String build, String sentence) throws Exception {
        long before = threads();
        Cli.Result result = client("special")
                .script("rm -rf ctx && mkdir ctx && cd ctx && " + files
                        + " && tar -cf ../ctx.tar . && timeout 60 docker buildx " + build);

        assertThat(result.exitCode()).as(result.toString()).isEqualTo(1);
        assertThat(result.stderr()).contains("socket-proxy: Session").contains(sentence);
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

    /** Without the proxy the daemon refuses the first archive, and unpacks the second one below its own folder. */
    @Test
    void oddArchiveOnStandardInputIsRefused() throws Exception {
        Path host = Files.createDirectories(folder.resolve("host"));
        String fresh = "rm -rf o && mkdir o && cd o && echo FROM scratch > Dockerfile && mkdir d && echo x > d/f && ";
        String build = " && timeout 120 docker buildx build --no-cache - < ../odd.tar";
        for (String[] odd : new String[][] {
            {
                "truncate -s 30G large && tar --sparse --format=gnu -cf ../odd.tar Dockerfile large",
                "an archive that has "
            },
            {
                "ln -s " + host + " lk && tar -cf ../odd.tar --transform 's,^d,lk,' --no-recursion lk d/f Dockerfile",
                "which is below a link of the same archive"
            },
        }) {
            Cli.Result denied = client("odd").script(fresh + odd[0] + build);
            direct("odd").script(fresh + odd[0] + build + " || true");

            assertThat(denied.exitCode()).as(denied.toString()).isEqualTo(1);
            assertThat(denied.stderr()).contains("socket-proxy: SessionUpload").contains(odd[1]);
            assertThat(host).isEmptyDirectory();
        }
    }

    /** BuildKit keeps the files of a session by its shared key, and requests none again that has the same name, size and time. */
    @Test
    void fileOfAnotherProfileIsNotShown() throws Exception {
        Path sockets = Files.createDirectories(folder.resolve("sockets"));
        Path policy = Files.writeString(
                folder.resolve("policy.yaml"),
                "profiles:\n"
                        + Stream.of("a", "b")
                                .map(
                                        name -> "  " + name + ": {clients: [{listener: " + name
                                                + "}], variables: {GRPC: 1, SESSION: 1, POST: 1, BUILD: 1, VERSION: 1, INFO: 1}}\n")
                                .collect(Collectors.joining()));
        String listen = Stream.of("a", "b")
                .map(name -> ",unix://" + sockets.resolve(name) + "?name=" + name)
                .collect(Collectors.joining("", "tcp://127.0.0.1:0", ""));
        try (ProxyUnderTest profiles =
                ProxyUnderTest.with(docker.socket(), Map.of("POLICY", policy.toString(), "LISTEN", listen))) {
            assertThat(profiles.port()).isPositive();

            assertThat(shown(docker.socket(), "alpha")).isEqualTo("alpha");
            assertThat(shown(docker.socket(), "bravo")).as("without the proxy").isEqualTo("alpha");
            assertThat(shown(sockets.resolve("a"), "delta")).isEqualTo("delta");
            assertThat(shown(sockets.resolve("b"), "gamma")).isEqualTo("gamma");
            assertThat(shown(sockets.resolve("a"), "kappa"))
                    .as("its own earlier file")
                    .isEqualTo("delta");
        }
    }

    /** Builds with a file of this content; returns the content that the build has. All builds have one shared key. */
    private static String shown(Path socket, String content) throws IOException {
        Cli.Result result = client("shared", "unix://" + socket)
                .script("rm -rf out; mkdir -p ctx; printf 'FROM scratch\\nCOPY f /f\\n' > ctx/Dockerfile; printf "
                        + content
                        + " > ctx/f; touch -d 2020-01-02T03:04:05Z ctx/f ctx/Dockerfile ctx;"
                        + " docker buildx build --no-cache --output type=local,dest=out ctx >&2; cat out/f");
        assertThat(result.exitCode()).as(result.toString()).isZero();
        return result.stdout();
    }

    /** A link is followed inside of the build, a socket becomes an empty file, and a large file costs nothing if no step names it. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void linksSocketsAndSparseFilesReachNothing(boolean isProxied) throws Exception {
        Path work = Files.createDirectories(folder.resolve("odd-" + isProxied));
        Cli client = isProxied
                ? client(work.getFileName().toString())
                : direct(work.getFileName().toString());
        Path host = Files.writeString(work.resolve("secret"), "of the host");
        String fresh = "rm -rf ctx; mkdir ctx; cd ctx; printf 'FROM scratch\\nCOPY f /f\\n' > Dockerfile; echo x > f;";
        String build = " timeout 120 docker buildx build --no-cache --output type=local,dest=../out .";

        Cli.Result large = client.script(fresh + "truncate -s 30G large;" + build);
        Cli.Result linked = client.script(fresh + "ln -sf " + host + " f;" + build);
        Cli.Result linkedFile = client.script(fresh + "ln -sf " + host + " Dockerfile;" + build);
        client.script(fresh);
        try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.bind(UnixDomainSocketAddress.of(work.resolve("ctx/s")));
            Cli.Result withSocket = client.script("cd ctx; printf 'FROM scratch\\nCOPY s /s\\n' > Dockerfile;" + build);
            assertThat(withSocket.exitCode()).as(withSocket.toString()).isZero();
            assertThat(work.resolve("out/s")).as("the client sends a file").isRegularFile();
        }

        assertThat(large.exitCode()).as(large.toString()).isZero();
        assertThat(linked.exitCode()).as(linked.toString()).isEqualTo(1);
        assertThat(linkedFile.exitCode()).as(linkedFile.toString()).isEqualTo(1);
        assertThat(linked.stderr() + linkedFile.stderr()).doesNotContain("of the host");
    }

    /** dockerd 29 refuses the name, 26 accepts it. */
    @Test
    void nameThatIsNoUtf8MeansTheSameWithTheProxy() throws Exception {
        String script =
                "rm -rf u && mkdir u && cd u && echo u > \"$(printf 'a\\351b')\" && printf 'FROM scratch\\nCOPY . /x/\\n'"
                        + " > Dockerfile && timeout 120 docker buildx build --no-cache .";

        Cli.Result without = direct("utf8").script(script);
        Cli.Result with = client("utf8-proxied").script(script);

        assertThat(with.exitCode()).as(with.toString() + without).isEqualTo(without.exitCode());
    }

    @Test
    void contextWithLinksAndManyFilesIsBuilt() throws Exception {
        Cli.Result result = client("many")
                .script(
                        "rm -rf m && mkdir -p m/d/e && cd m && for i in $(seq 300); do echo $i > d/e/f$i; echo $i > g$i; done;"
                                + " ln d/e/f1 d/e/z; ln -s /etc/passwd l; ln -s d s; mkdir $'new\\nline';"
                                + " printf 'FROM busybox:local\\nCOPY . /x/\\nRUN cd /x && test \"$(cat d/e/z)\" = 1 && ls d/e | wc -l\\n' > Dockerfile;"
                                + " docker buildx build --network none --no-cache .");
        assertThat(result.exitCode()).as(result.toString()).isZero();
        assertThat(result.stderr()).contains("301");
    }
}
