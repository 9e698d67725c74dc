package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.FileRegistry;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.RestartableDocker;

/**
 * {@code CREATE=safe} between docker buildx and a real dockerd with the image store of containerd, by which BuildKit itself pushes images
 * and caches to a registry. In a row REGISTRY is its address.
 */
@Tag("thorough")
class BuildPushIT {
    private static final String BUILD = "rm -rf work && mkdir work && cd work && echo hello > f\n"
            + "printf 'FROM busybox:local\\nCOPY f /f\\n' > Dockerfile\ndocker buildx build --progress plain --network none . ";

    @TempDir
    static Path folder;

    private static FileRegistry registry;
    private static RestartableDocker docker;
    private static CreateProxies proxies;
    private static Cli direct;

    @BeforeAll
    static void start() throws Exception {
        registry = FileRegistry.in(Files.createDirectories(folder.resolve("registry")));
        Path config =
                Files.writeString(folder.resolve("daemon.json"), "{\"features\": {\"containerd-snapshotter\": true}}");
        docker = RestartableDocker.onMachineNetwork(List.of("--config-file=" + config));
        docker.awaitReady();
        proxies = new CreateProxies(docker.socket());
        direct = Cli.in(folder, Map.of("DOCKER_HOST", "unix://" + docker.socket()));
        RealDocker.makeImage(direct);
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

    private static Cli.Result build(String settings, String arguments) {
        return proxies.cli(folder, at(settings)).script(BUILD + at(arguments));
    }

    private static boolean isPushed(String image) {
        return Files.exists(folder.resolve("registry").resolve(image));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--output type=image,name=REGISTRY/app:TAG,push=true   | app@TAG",
                "--push -t REGISTRY/pushed:TAG                         | pushed@TAG",
                "--cache-to type=registry,ref=REGISTRY/cache:TAG,mode=max | cache@TAG",
            })
    void buildKitPushesAsWithoutTheProxy(String arguments, String image) {
        Cli.Result result = build("CREATE_ALLOW=build-push CREATE_IMAGES=trusted/**", arguments.replace("TAG", "1"));
        Cli.Result unproxied = direct.script(BUILD + at(arguments.replace("TAG", "2")));

        assertThat(result.exitCode()).as(result.stderr()).isZero();
        assertThat(unproxied.exitCode()).as(unproxied.stderr()).isZero();
        assertThat(isPushed(image.replace("TAG", "1"))).isTrue();
        assertThat(isPushed(image.replace("TAG", "2"))).isTrue();
    }

    @Test
    void aConfinedClientPushesByBuildKit() {
        String own = "TARGETS=label:owner=ci,images:reference:REGISTRY/ci/** CREATE_ALLOW=build-push ";

        Cli.Result result = build(own, "--push -t REGISTRY/ci/app");
        Cli.Result closed = build(own + "DISTRIBUTION=0", "--push -t REGISTRY/ci/app");

        assertThat(result.exitCode()).as(result.stderr()).isZero();
        assertThat(isPushed("ci_app@latest")).isTrue();
        assertThat(closed.stderr()).contains("set DISTRIBUTION=1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CREATE=safe             | --output type=image,name=REGISTRY/denied,push=true    | CREATE_ALLOW=build-push",
                "CREATE=safe             | --push -t REGISTRY/denied                             | CREATE_ALLOW=build-push",
                "CREATE=safe             | --cache-to type=registry,ref=REGISTRY/denied          | CREATE_ALLOW=build-push",
                "CREATE=safe             | --output type=image,name=REGISTRY/denied,registry.insecure=true | CREATE_ALLOW=build-push",
                "CREATE=safe             | --cache-from type=registry,ref=REGISTRY/a,registry.insecure=true | CREATE_ALLOW=build-remote",
                "CREATE_ALLOW=build-push CREATE_IMAGES=REGISTRY/** | --push -t REGISTRY/denied   | CREATE_IMAGES trusts",
                "CREATE_ALLOW=build-push CREATE_IMAGES=REGISTRY/** | --cache-to type=registry,ref=REGISTRY/denied | CREATE_IMAGES trusts",
                "CREATE_IMAGES=trusted/**                          | --cache-from type=registry,ref=REGISTRY/any  | not in CREATE_IMAGES",
            })
    void harmfulPushIsDenied(String settings, String arguments, String reason) {
        Cli.Result result = build(settings, arguments);

        assertThat(result.exitCode()).isNotZero();
        assertThat(result.stderr()).contains(reason);
        assertThat(isPushed("denied@latest")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"CREATE_IMAGES=REGISTRY/**", "CREATE_ALLOW=build-push"})
    void cacheOfARegistryIsImported(String settings) {
        Cli.Result exported = direct.script(BUILD + at("--cache-to type=registry,ref=REGISTRY/imported,mode=max"));
        assertThat(exported.exitCode()).as(exported.stderr()).isZero();
        direct.script("docker builder prune -af");

        Cli.Result result = build(settings, "--cache-from type=registry,ref=REGISTRY/imported");

        assertThat(result.exitCode()).as(result.stderr()).isZero();
        assertThat(result.stderr()).contains("importing cache manifest from").contains("CACHED");
    }
}
