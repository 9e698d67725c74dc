package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.FileRegistry;
import org.socketproxy.testing.Programs;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.RestartableDocker;

/** {@code CREATE_SIGNED} with a real dockerd, a registry and signatures of the program {@code cosign}. */
@Tag("thorough")
class SignedImagesIT {
    /** The image {@code moved} was signed, and its tag is one of another image since then. */
    private static final String PREPARE = """
            set -e
            cosign generate-key-pair --output-key-prefix other
            cosign generate-key-pair
            push() {
              printf 'FROM busybox:local\\nLABEL is=%s\\n' "$2" | docker build --quiet --tag "REGISTRY/team/$1" -
              docker push --quiet "REGISTRY/team/$1"
            }
            sign() {
              digest=$(docker image inspect --format '{{index .RepoDigests 0}}' "REGISTRY/team/$1")
              cosign sign --yes --key "$2.key" --tlog-upload=false "$digest"
            }
            for name in signed unsigned foreign moved; do push "$name" "$name"; done
            sign signed cosign
            sign foreign other
            sign moved cosign
            push moved again
            docker image rm --force $(docker image ls --quiet --filter reference='REGISTRY/team/*')
            """;

    @TempDir
    static Path folder;

    private static FileRegistry registry;
    private static RestartableDocker docker;
    private static CreateProxies proxies;

    @BeforeAll
    static void start() throws Exception {
        Programs.assumeInstalled("cosign");
        registry = FileRegistry.plainIn(Files.createDirectories(folder.resolve("registry")));
        docker = RestartableDocker.onMachineNetwork(List.of());
        docker.awaitReady();
        proxies = new CreateProxies(docker.socket());
        Cli direct = Cli.in(
                folder,
                Map.of("DOCKER_HOST", "unix://" + docker.socket(), "COSIGN_PASSWORD", "", "DOCKER_BUILDKIT", "0"));
        RealDocker.makeImage(direct);
        Cli.Result prepared = direct.script(at(PREPARE));
        assertThat(prepared.exitCode()).as(prepared.stderr()).isZero();
    }

    @AfterAll
    static void stop() throws Exception {
        if (proxies != null) {
            proxies.close();
        }
        if (docker != null) {
            docker.close();
        }
        if (registry != null) {
            registry.close();
        }
    }

    private static String at(String text) {
        return text.replace("REGISTRY", "127.0.0.1:" + registry.port());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "docker run --rm REGISTRY/team/signed echo it runs    | 0   | it runs",
                "docker pull REGISTRY/team/signed                      | 0   | Digest: sha256:",
                "docker run --rm REGISTRY/team/unsigned echo it runs  | 125 | it has no signature of Cosign in the registry",
                "docker pull REGISTRY/team/unsigned                    | 1   | it has no signature of Cosign in the registry",
                "docker run --rm REGISTRY/team/foreign echo it runs   | 125 | no signature in the registry is one of its key",
                "docker run --rm REGISTRY/team/moved echo it runs     | 125 | it has no signature of Cosign in the registry",
                "docker run --rm busybox:local echo it runs           | 0   | it runs",
            })
    void onlyASignedImageIsPulledAndRuns(String command, int exitCode, String expected) {
        Cli.Result result = proxies.cli(
                        folder,
                        at("CREATE_IMAGES=REGISTRY/**,busybox CREATE_SIGNED=REGISTRY/team/**=" + folder
                                + "/cosign.pub"))
                .script(at(command));

        assertThat(result.stdout() + result.stderr()).contains(expected);
        assertThat(result.exitCode()).isEqualTo(exitCode);
    }
}
