package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.socketproxy.docker.TargetWorld.Owner;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** A confined client of Podman's own API changes and removes the objects of its owner. */
@Timeout(300)
class TargetLibpodWritesIT {
    @TempDir
    static Path folder;

    private static TargetPodmanWorld world;

    @BeforeAll
    static void start() throws Exception {
        world = TargetPodmanWorld.start(folder);
    }

    @AfterAll
    static void stop() {
        if (world != null) {
            world.close();
        }
    }

    @ParameterizedTest
    @EnumSource(Owner.class)
    void podmanChangesTheObjectsOfTheOwner(Owner owner) {
        Cli cli = world.cli(owner);
        String name = owner.word() + "-new";
        List<String> commands = List.of(
                "podman --remote start " + name,
                "podman --remote exec " + name + " true",
                "podman --remote pause " + name,
                "podman --remote unpause " + name,
                "podman --remote kill -s HUP " + name,
                "podman --remote restart -t 0 " + name,
                "podman --remote stop -t 0 " + name,
                "podman --remote wait " + name,
                "podman --remote rename " + name + " " + name + "er",
                "podman --remote rm " + name + "er",
                "podman --remote secret rm " + owner.word() + "-secret");
        for (String command : commands) {
            Cli.Result result = cli.script(command);
            assertThat(result.exitCode()).as(command + "\n" + result.stderr()).isZero();
        }
        assertThat(world.run("podman --remote ps -a --format '{{.Names}}'").lines())
                .doesNotContain(name, name + "er")
                .contains(owner.word() + "-run");
    }

    /** Each error of Podman names the container that uses the object. */
    @ParameterizedTest
    @CsvSource({
        "/libpod/volumes/red-vol1, --name user1 -v red-vol1:/v",
        "/libpod/containers/red-exit, --name user2 --network container:red-exit",
    })
    void errorHidesTheContainerOfOthersThatUsesTheObject(String target, String options) throws IOException {
        String user = world.run("podman --remote create " + options + " busybox:local true");

        RawResponse direct = delete(world.connect(), target);
        RawResponse confined = delete(world.connect(Owner.RED), target);

        assertThat(direct.body()).contains(user);
        assertThat(confined.status()).isEqualTo(direct.status());
        assertThat(confined.body()).contains("hidden").doesNotContain(user);
    }

    private static RawResponse delete(RawClient connected, String target) throws IOException {
        try (RawClient client = connected) {
            return client.request("DELETE", "/v5.0.0" + target).readAnswer("DELETE");
        }
    }
}
