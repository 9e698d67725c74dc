package org.socketproxy.project;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.FileRegistry;
import org.socketproxy.testing.Programs;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.RestartableDocker;

/**
 * {@code src/release/publish} with a real BuildKit, registry and cosign. The release has the sources of a small image, because the
 * image of the proxy takes minutes; its platforms are two variants of amd64, which need no emulation.
 */
@Tag("thorough")
class PublishIT {
    private static final Path SCRIPT = Path.of("src/release/publish").toAbsolutePath();
    private static final String VARIANTS = "linux/amd64,linux/amd64/v2";
    /** BuildKit starts the generator of SBOMs in the network of the bridge. */
    private static final String BRIDGE = "sp" + ProcessHandle.current().pid() + "b";
    /** Files of a release and the generator of SBOMs, which lists the files of the image. */
    private static final String PREPARE = """
            mkdir -p scanner tree/docker-socket-proxy-1.2.3-source/src/release release
            cat >scanner/scan <<'END'
            #!/bin/sh
            echo '{"_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://spdx.dev/Document", "predicate": {' \\
              '"spdxVersion": "SPDX-2.3", "files": "'$(echo "$BUILDKIT_SCAN_SOURCE"/*)'"}}' >"$BUILDKIT_SCAN_DESTINATION/sbom.spdx.json"
            END
            chmod +x scanner/scan
            printf 'FROM busybox:local\\nCOPY scan /scan\\nENTRYPOINT ["/scan"]\\n' >scanner/Dockerfile
            docker buildx build --quiet --tag scanner:local scanner
            cd tree/docker-socket-proxy-1.2.3-source
            echo program >program
            printf 'ARG SOURCE_DATE_EPOCH=1700000000\\nFROM scratch\\nCOPY program /\\n' >Dockerfile
            printf '# images\\nSBOM_IMAGE scanner:local local\\n' >src/release/base-images
            tar -C .. -czf ../../release/docker-socket-proxy-1.2.3-source.tar.gz docker-socket-proxy-1.2.3-source
            cd ../../release
            sha256sum -- * >SHA256SUMS
            cd ..
            cosign generate-key-pair
            """;

    @TempDir
    static Path folder;

    private static FileRegistry registry;
    private static RestartableDocker docker;
    private static Cli cli;

    @BeforeAll
    static void start() throws Exception {
        Programs.assumeInstalled("cosign", "ip");
        registry = FileRegistry.plainIn(Files.createDirectories(folder.resolve("registry")));
        Path config =
                Files.writeString(folder.resolve("daemon.json"), "{\"features\": {\"containerd-snapshotter\": true}}");
        assertThat(host("ip link add " + BRIDGE + " type bridge && ip address add 198.18.9.1/24 dev " + BRIDGE)
                        .exitCode())
                .isZero();
        docker = RestartableDocker.onMachineNetwork(List.of("--config-file=" + config, "--bridge=" + BRIDGE));
        docker.awaitReady();
        cli = Cli.in(
                folder,
                Map.of(
                        "DOCKER_HOST",
                        "unix://" + docker.socket(),
                        "RELEASE",
                        folder.resolve("release").toString(),
                        "COSIGN_PASSWORD",
                        "",
                        "COSIGN_OPTIONS",
                        "--key cosign.key --tlog-upload=false"));
        RealDocker.makeImage(cli);
        Cli.Result prepared = cli.script(PREPARE);
        assertThat(prepared.exitCode()).as(prepared.stderr()).isZero();
    }

    @AfterAll
    static void stop() throws Exception {
        if (docker != null) {
            docker.close();
        }
        if (registry != null) {
            registry.close();
        }
        host("ip link del " + BRIDGE);
    }

    private static Cli.Result host(String script) {
        return Cli.in(folder, Map.of()).script(script);
    }

    private static String image(String owner) {
        return "127.0.0.1:" + registry.port() + "/" + owner + "/proxy";
    }

    private static Cli.Result publish(String arguments) {
        Cli.Result result = cli.script("PLATFORMS=" + VARIANTS + " " + SCRIPT + " " + arguments);
        assertThat(result.exitCode()).as(result.stderr()).isZero();
        return result;
    }

    private static JsonNode stored(String image) throws IOException {
        Cli.Result result = cli.run("docker", "buildx", "imagetools", "inspect", "--raw", image);
        assertThat(result.exitCode()).as(result.stderr()).isZero();
        return new ObjectMapper().readTree(result.stdout());
    }

    /** The types of the attestations of an image, for each attested platform. */
    private static List<String> attestations(String repository, JsonNode index) throws IOException {
        List<String> found = new ArrayList<>();
        for (JsonNode each : index.at("/manifests")) {
            if (each.at("/annotations/vnd.docker.reference.type").asText().equals("attestation-manifest")) {
                JsonNode attestation =
                        stored(repository + "@" + each.at("/digest").asText());
                attestation
                        .at("/layers")
                        .forEach(layer -> found.add(layer.at("/annotations/in-toto.io~1predicate-type")
                                .asText()));
            }
        }
        return found;
    }

    private static List<String> platforms(JsonNode index) {
        List<String> found = new ArrayList<>();
        index.at("/manifests")
                .forEach(each -> found.add(each.at("/platform/architecture").asText()
                        + each.at("/platform/variant").asText()));
        found.remove("unknown");
        found.remove("unknown");
        return found;
    }

    @Test
    void pushesAnImageForEachPlatformWithSbomAndProvenanceAndSignsIt() throws IOException {
        Cli.Result result = publish(image("Owner"));

        String image = image("owner");
        JsonNode index = stored(image + ":1.2.3");
        assertThat(platforms(index)).containsExactly("amd64", "amd64v2");
        assertThat(attestations(image, index))
                .containsExactlyInAnyOrder(
                        "https://spdx.dev/Document",
                        "https://slsa.dev/provenance/v0.2",
                        "https://spdx.dev/Document",
                        "https://slsa.dev/provenance/v0.2");
        String published = result.stdout().strip();
        assertThat(published).startsWith(image + ":1.2.3@sha256:");
        for (String check : List.of(
                "cosign verify --key cosign.pub --insecure-ignore-tlog " + published,
                "cosign verify-blob --key cosign.pub --insecure-ignore-tlog --bundle release/SHA256SUMS.bundle release/SHA256SUMS")) {
            Cli.Result verified = cli.script(check);
            assertThat(verified.exitCode()).as(verified.stderr()).isZero();
        }
    }

    @Test
    void runnersOfTwoPlatformsMakeOneImage() throws IOException {
        String image = image("runners");
        String first = publish(image + " linux/amd64").stdout().strip();
        String second = publish(image + " linux/amd64/v2").stdout().strip();
        assertThat(folder.resolve("registry/runners_proxy@1.2.3-amd64-v2")).exists();
        assertThat(folder.resolve("registry/runners_proxy@1.2.3")).doesNotExist();

        publish(image + " " + first + " " + second);

        assertThat(platforms(stored(image + ":1.2.3"))).containsExactly("amd64", "amd64v2");
    }

    @Test
    void dryRunBuildsButPushesAndSignsNothing() throws IOException {
        String image = image("dry");

        Cli.Result result = publish("--dry-run " + image);

        try (Stream<String> requests = Files.lines(folder.resolve("registry/registry.log"))) {
            assertThat(requests).noneMatch(request -> request.contains("/v2/dry/proxy/"));
        }
        assertThat(result.stderr())
                .contains("+ docker buildx build --platform linux/amd64/v2 ")
                .contains("push=false")
                .containsPattern("\\+ docker buildx imagetools create --tag " + image + ":1\\.2\\.3 " + image
                        + "@sha256:[0-9a-f]{64} " + image + "@sha256:[0-9a-f]{64}\n")
                .contains("+ cosign sign --yes --recursive --key cosign.key --tlog-upload=false " + image)
                .contains("+ cosign sign-blob ");
    }

    @Test
    void platformWithoutEmulationIsAnError() {
        Cli.Result result = cli.script(SCRIPT + " --dry-run " + image("none") + " linux/s390x");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.stderr()).contains("the builder of docker buildx cannot build linux/s390x");
    }
}
