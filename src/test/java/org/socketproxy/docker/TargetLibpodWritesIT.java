package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.socketproxy.docker.TargetWorld.Owner;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** A confined client of Podman's own API changes and removes the objects of its owner. */
@Tag("thorough")
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
        commands.forEach(command -> succeed(cli, command));
        assertThat(world.run("podman --remote ps -a --format '{{.Names}}'").lines())
                .doesNotContain(name, name + "er")
                .contains(owner.word() + "-run");
    }

    private static final String LABELS = " -l owner=x -l com.docker.compose.project=x ";

    /** Podman gives a new object the labels that its client sends, and the proxy others for the same keys. */
    @ParameterizedTest
    @EnumSource(Owner.class)
    void podmanCreatesObjectsOfTheOwner(Owner owner) {
        String own = owner.word();
        Cli cli = world.cli(owner);
        List<String> commands = List.of(
                "podman --remote volume create" + LABELS + "OWN-made",
                "podman --remote network create --disable-dns" + LABELS.replace("-l", "--label") + "OWN-made",
                "echo pl4nt | podman --remote secret create" + LABELS + "OWN-made -",
                "podman --remote run -d --name OWN-made --network OWN-made -v OWN-made:/v -v OWN-found:/w --secret OWN-made"
                        + LABELS + "OWN/app:1 sleep 100000",
                "podman --remote exec OWN-made cat /run/secrets/OWN-made",
                "podman --remote run --rm --pull never --name OWN-short --network container:OWN-made docker.io/OWN/app:1 sleep 1",
                "podman --remote network disconnect OWN-made OWN-made",
                "podman --remote network connect OWN-made OWN-made",
                "podman --remote stats --no-stream OWN-made OWN-run",
                "podman --remote rmi docker.io/OWN/app:3",
                "podman --remote untag docker.io/OWN/app:1 docker.io/OWN/app:4");
        world.run("for tag in 3 4; do podman --remote tag OWN/app:1 docker.io/OWN/app:$tag; done".replace("OWN", own));
        commands.forEach(command -> succeed(cli, command.replace("OWN", own)));

        String key = owner == Owner.RED ? "owner" : "com.docker.compose.project";
        String value = owner == Owner.GREEN ? "x" : own;
        for (String kind : List.of("container", "volume", "network", "secret")) {
            String labels = switch (kind) {
                case "container" -> ".Config.Labels";
                case "secret" -> ".Spec.Labels";
                default -> ".Labels";
            };
            String inspect = "podman --remote " + kind + " inspect -f '{{index " + labels + " \"" + key + "\"}}' ";
            assertThat(world.run(inspect + own + "-made")).as(kind).isEqualTo(value);
        }
        String found = "podman --remote volume inspect -f '{{index .Labels \"" + key + "\"}}' " + own + "-found";
        assertThat(world.run(found)).isEqualTo(owner == Owner.GREEN ? "" : own);
        assertThat(world.run("podman --remote images --format '{{.Repository}}:{{.Tag}}'")
                        .lines())
                .contains("docker.io/" + own + "/app:1")
                .doesNotContain("docker.io/" + own + "/app:3", "docker.io/" + own + "/app:4");
    }

    /** The client adds a filter, because other tests use the other objects of the owner. */
    @ParameterizedTest
    @CsvSource({"container, create, busybox:local true", "volume, create, ''", "network, create --disable-dns, ''"})
    void pruneRemovesObjectsOfTheOwnerOnly(String kind, String create, String rest) {
        for (String owner : List.of("red", "blue")) {
            String name = kind.equals("container") ? "--name " + owner + "-pruned --network none " : owner + "-pruned";
            world.run("podman --remote %s %s --label owner=%s --label pruned=yes %s %s"
                    .formatted(kind, create, owner, name, rest));
        }

        // Podman would read the filters of the form and not those of the query, which have the labels of the profile.
        Cli.Result form = world.cli(Owner.RED)
                .script(
                        "curl -s --data-urlencode 'filters={\"label\":[\"owner=blue\"]}' http://${DOCKER_HOST#tcp://}/v5.0.0/libpod/"
                                + kind + "s/prune");
        assertThat(form.stdout()).contains("a form in the body overrides the query");
        succeed(world.cli(Owner.RED), "podman --remote " + kind + " prune -f --filter label=pruned=yes");

        String list = kind.equals("container") ? "ps -a --format '{{.Names}}'" : kind + " ls --format '{{.Name}}'";
        assertThat(world.run("podman --remote " + list).lines())
                .contains("blue-pruned")
                .doesNotContain("red-pruned");
        Cli.Result named = world.cli(Owner.GREEN).script("podman --remote " + kind + " prune -f");
        assertThat(named.stderr()).contains("PruneLibpod");
        world.run("podman --remote " + kind + " rm blue-pruned");
    }

    @Test
    void pruneOfImagesRemovesThoseOfTheOwnerOnly() {
        Map<String, String> images = new HashMap<>();
        for (String owner : List.of("red", "blue")) {
            String made = world.run(
                    "tar -C image -c . | docker import --change 'LABEL owner=" + owner + "' --change 'CMD [\"x\"]' -");
            images.put(owner, made.substring(made.lastIndexOf(':') + 1));
        }

        succeed(world.cli(Owner.RED), "podman --remote image prune -f");

        assertThat(world.run("podman --remote images -a --no-trunc --format '{{.ID}}'"))
                .contains(images.get("blue"))
                .doesNotContain(images.get("red"));
        world.run("podman --remote rmi " + images.get("blue"));
    }

    @Test
    void imageOfACommitHasTheLabelsOfTheProfileAndNotThoseOfItsContainer() {
        String id = world.run(
                "podman --remote create --name green-c --network none -l owner=red -l com.docker.compose.project=blue"
                        + " -l other=y busybox:local true");
        Cli.Result committed = world.cli(Owner.BLUE).script("podman --remote commit -q green-c");
        assertThat(committed.exitCode()).as(committed.stderr()).isZero();
        succeed(world.cli(Owner.GREEN), "podman --remote commit -q green-c docker.io/green/committed:1");

        String labels = "podman --remote image inspect -f '{{.Labels}}' ";
        assertThat(world.run(labels + committed.stdout().strip()))
                .isEqualTo("map[com.docker.compose.project:blue other:y owner:red]");
        assertThat(world.run(labels + "docker.io/green/committed:1")).contains("other:y");
        world.run("podman --remote rmi docker.io/green/committed:1 "
                + committed.stdout().strip() + "; podman --remote rm " + id);
    }

    @ParameterizedTest
    @EnumSource(Owner.class)
    void podmanCreatesStopsAndRemovesAPodOfTheOwner(Owner owner) {
        String own = owner.word();
        String pod = own + "-group";
        Cli cli = world.cli(owner);
        succeed(cli, "podman --remote pod create --network none --infra-command 'sleep 100000'" + LABELS + pod);
        succeed(cli, "podman --remote create --pod " + pod + " --name " + own + "-inside " + own + "/app:1 sleep 9999");
        String labels = world.run("podman --remote pod inspect -f '{{.Labels}}' " + pod);
        assertThat(labels)
                .contains(
                        switch (owner) {
                            case RED -> "owner:red";
                            case BLUE -> "com.docker.compose.project:blue";
                            case GREEN -> "owner:x";
                        });
        succeed(cli, "podman --remote pod start " + pod);
        succeed(cli, "podman --remote pod pause " + pod);
        succeed(cli, "podman --remote pod unpause " + pod);
        succeed(cli, "podman --remote pod restart " + pod);
        succeed(cli, "podman --remote pod kill " + pod);
        succeed(cli, "podman --remote pod stop " + pod);
        succeed(cli, "podman --remote pod rm " + pod);

        assertThat(world.run("podman --remote ps -a --format '{{.Names}}'").lines())
                .doesNotContain(own + "-inside")
                .contains(own + "-member");
    }

    private static void succeed(Cli cli, String command) {
        Cli.Result result = cli.script(command);
        assertThat(result.exitCode()).as(command + "\n" + result.stderr()).isZero();
    }

    @Test
    void podWithAContainerOfOthersIsNotChanged() throws IOException {
        for (String request : List.of("POST start", "POST stop", "POST kill", "POST pause", "DELETE ?force=true")) {
            String method = request.split(" ")[0];
            String target = "/v5.0.0/libpod/pods/red-pod"
                    + request.replaceFirst(".* (?=[^?])", "/").replaceFirst(".* ", "");
            try (RawClient client = world.connect(Owner.RED)) {
                RawResponse answer = client.request(method, target).readAnswer(method);
                assertThat(answer.status()).as(target).isEqualTo(403);
                assertThat(answer.body()).contains("reaches containers").doesNotContain("xgreen");
            }
        }
        assertThat(world.run("podman --remote pod ps --format '{{.Name}}'").lines())
                .contains("red-pod");
    }

    @Test
    void errorHidesTheContainerOfOthersThatHasTheName() {
        String other = world.run("podman --remote container inspect -f '{{.Id}}' blue-run");
        Cli.Result taken = world.cli(Owner.RED).script("podman --remote create --name blue-run red/app:1 true");

        assertThat(taken.exitCode()).isNotZero();
        assertThat(taken.stderr()).contains("in use by hidden").doesNotContain(other);
    }

    @Test
    void reportOnImagesHidesTheContainerOfOthersThatUsesOne() throws IOException {
        world.run("tar -C image -c . | docker import - green/used:1");
        String user = world.run("podman --remote create --name user3 --network none green/used:1 true");

        RawResponse confined =
                delete(world.connect(Owner.GREEN), "/libpod/images/remove?images=docker.io%2Fgreen%2Fused%3A1");

        assertThat(confined.status()).isEqualTo(200);
        assertThat(confined.body()).contains("image used by hidden").doesNotContain(user);
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
