package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.Programs;
import org.socketproxy.testing.RealDocker;

/** The scripts of {@code src/release}: a release needs a tag, a heading and the digests of its base images. */
class ReleaseTest {
    private static final Path SCRIPTS = Path.of("src/release");
    private static final byte[] INDEX =
            "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[]}"
                    .getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path folder;

    private Cli.Result script(String script) {
        return Cli.in(folder, Map.of("GIT_CONFIG_NOSYSTEM", "1")).script(script);
    }

    private static void assumeBuildx() {
        Programs.assumeInstalled("docker");
        Programs.assume(RealDocker.hasBuildx(), "the docker CLI has no plugin buildx");
    }

    /** Makes a repository with the scripts, a change log and a commit. */
    private void makeRepository() throws IOException {
        assumeTrue(Programs.missing(List.of("git")).isEmpty(), "git is not installed");
        Path copies = Files.createDirectories(folder.resolve("src/release"));
        for (String name : new String[] {"build", "base-images"}) {
            Files.copy(SCRIPTS.resolve(name), copies.resolve(name), java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
        }
        Files.writeString(folder.resolve("CHANGELOG.md"), "## [1.2.3] - 2026-01-01\n");
        Cli.Result made =
                script("git init -q && git add -A && git -c user.name=a -c user.email=a@example.com commit -qm a");
        assertThat(made.exitCode()).as(made.stderr()).isZero();
    }

    @Test
    void releaseNeedsATag() throws IOException {
        makeRepository();

        assertThat(script("src/release/build"))
                .isEqualTo(new Cli.Result(
                        2, "", "src/release/build: the commit needs a tag such as v1.2.3: git tag v1.2.3\n"));
    }

    @Test
    void releaseNeedsAHeadingInTheChangeLog() throws IOException {
        makeRepository();

        assertThat(script("git tag v1.2.4; src/release/build").stderr()).contains("has no heading ## [1.2.4]");
    }

    @Test
    void releaseNeedsTheDigestsOfTheBaseImages() throws IOException {
        makeRepository();
        Path images = folder.resolve("images");
        Files.writeString(images, "# comment\nBUILD_IMAGE example.com/build:1 -\n");

        Cli.Result result = script("git tag v1.2.3; BASE_IMAGES=images src/release/build");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.stderr())
                .isEqualTo("src/release/build: src/release/base-images has no digest of example.com/build:1: run"
                        + " src/release/pin-bases, which asks docker buildx imagetools inspect example.com/build:1, and"
                        + " commit the file\n");
    }

    @Test
    void digestsComeFromTheRegistry() throws Exception {
        assumeBuildx();
        String digest = "sha256:" + sha256();
        HttpServer registry = registry(digest);
        try {
            String base = "127.0.0.1:" + registry.getAddress().getPort() + "/base:1";
            Path images = folder.resolve("images");
            Files.writeString(images, "# comment - kept\nBUILD_IMAGE " + base + " -\n");

            Cli.Result result = script(SCRIPTS.toAbsolutePath() + "/pin-bases images");

            assertThat(result.exitCode()).as(result.stderr()).isZero();
            assertThat(images).hasContent("# comment - kept\nBUILD_IMAGE " + base + " " + digest + "\n");
        } finally {
            registry.stop(0);
        }
    }

    @Test
    void unknownImageLeavesTheFileUnchanged() throws Exception {
        assumeBuildx();
        HttpServer registry = registry("sha256:" + sha256());
        try {
            String content = "BUILD_IMAGE 127.0.0.1:" + registry.getAddress().getPort() + "/other:1 -\n";
            Path images = Files.writeString(folder.resolve("images"), content);

            Cli.Result result = script(SCRIPTS.toAbsolutePath() + "/pin-bases images");

            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.stderr()).contains("/other:1 gives no digest");
            assertThat(images).hasContent(content);
        } finally {
            registry.stop(0);
        }
    }

    private static String sha256() throws GeneralSecurityException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(INDEX));
    }

    /** A registry with one image. */
    private static HttpServer registry(String digest) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            boolean isKnown = exchange.getRequestURI().getPath().startsWith("/v2/base/manifests/");
            exchange.getResponseHeaders().set("Content-Type", "application/vnd.oci.image.index.v1+json");
            exchange.getResponseHeaders().set("Docker-Content-Digest", digest);
            if (isKnown && exchange.getRequestMethod().equals("HEAD")) {
                exchange.getResponseHeaders().set("Content-Length", String.valueOf(INDEX.length));
                exchange.sendResponseHeaders(200, -1);
            } else if (isKnown) {
                exchange.sendResponseHeaders(200, INDEX.length);
                exchange.getResponseBody().write(INDEX);
            } else {
                exchange.sendResponseHeaders(404, -1);
            }
            exchange.close();
        });
        server.start();
        return server;
    }
}
