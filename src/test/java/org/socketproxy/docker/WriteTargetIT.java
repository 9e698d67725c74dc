package org.socketproxy.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.Cli;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RealDaemon;
import org.socketproxy.testing.RealDocker;
import org.socketproxy.testing.RealPodman;

/**
 * Clients under {@code WRITE_TARGETS} and {@code PROTECT} on a real dockerd and a real Podman. The containers are {@code wt-free}
 * (label {@code restart=allowed}), {@code wt-plain}, and {@code wt-db} and {@code wt-old} (label {@code critical=true}).
 */
class WriteTargetIT {
    private static final String SETUP = """
            NETWORK wt-net
            docker network create --label critical=true wt-critnet
            docker volume create wt-data
            docker volume create --label critical=true wt-crit
            docker volume create --label restart=allowed wt-spare
            docker run -d --name wt-free --label restart=allowed --network none busybox:local sleep 100000
            docker run -d --name wt-plain --network none busybox:local sleep 100000
            docker run -d --name wt-db --label critical=true --network wt-net -v wt-data:/data busybox:local sleep 100000
            docker create --name wt-old --label critical=true --network none busybox:local sleep 100000
            docker tag busybox:local wt-image:1
            """;
    private static final String CLEAN = """
            docker rm -f -v wt-free wt-plain wt-db wt-old wt-new wt-gone
            docker volume rm wt-data wt-crit wt-spare wt-made wt-gone
            docker network rm wt-net wt-critnet wt-gone
            docker rmi wt-image:1 wt-image:2
            """;
    private static final String STATE = "docker inspect -f '{{.Name}} {{.State.Status}} {{.State.StartedAt}}"
            + " {{.HostConfig.Memory}} {{range $n, $e := .NetworkSettings.Networks}}{{$n}} {{end}}'"
            + " wt-free wt-plain wt-db wt-old;"
            + " docker volume ls -q | grep ^wt- | sort; docker network ls --format '{{.Name}}' | grep ^wt- | sort;"
            + " docker images --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}' | grep wt- | sort";

    @TempDir
    static Path folder;

    private static final Map<Kind, World> WORLDS = new HashMap<>();

    @SuppressWarnings("ImmutableEnumChecker") // the suppliers have no state
    enum Kind {
        DOCKER(RealDocker::get, "docker network create"),
        PODMAN(RealPodman::get, "podman --remote network create --disable-dns");

        private final Supplier<RealDaemon> daemon;
        private final String newNetwork;

        Kind(Supplier<RealDaemon> daemon, String newNetwork) {
            this.daemon = daemon;
            this.newNetwork = newNetwork;
        }

        World world() {
            return WORLDS.computeIfAbsent(this, World::new);
        }
    }

    /** A daemon with the containers, and proxies in front of it. */
    private static final class World {
        private final RealDaemon daemon;
        private final Cli direct;
        private final Map<String, ProxyUnderTest> proxies = new LinkedHashMap<>();
        /** The state after the last harmful command; null before the first one and after a failure. */
        private @Nullable String unchanged;

        World(Kind kind) {
            daemon = kind.daemon.get();
            direct = daemon.cli(folder, Map.of());
            direct.script(CLEAN);
            Cli.Result made = direct.script("set -e\n" + SETUP.replace("NETWORK", kind.newNetwork));
            assertThat(made.exitCode()).as(made.stderr()).isZero();
            add(
                    "dashboard",
                    Map.of(
                            "CONTAINERS",
                            "1",
                            "ALLOW_RESTARTS",
                            "1",
                            "WRITE_TARGETS",
                            "containers:label:restart=allowed"));
            Map<String, String> guarded = ProxyUnderTest.everything();
            guarded.putAll(Map.of(
                    "CREATE", "safe",
                    "CREATE_ALLOW", "join-container,volumes-from",
                    "PROTECT", "label:critical=true"));
            add("guarded", guarded);
            add("selector", Map.of("POLICY", policy().toString()));
            Map<String, String> bare = ProxyUnderTest.everything();
            bare.put("PROTECT", "label:critical=true");
            add("bare", bare);
            Map<String, String> updater = ProxyUnderTest.everything();
            updater.putAll(Map.of("CREATE", "safe", "WRITE_TARGETS", "label:restart=allowed"));
            add("updater", updater);
        }

        private static Path policy() {
            try {
                return Files.writeString(folder.resolve("policy.yaml"), """
                        profiles:
                          homepage:
                            variables: {CONTAINERS: 1}
                            allow: [{operation: ContainerRestart, label: restart=allowed}]
                        otherwise: homepage
                        """);
            } catch (IOException unwritable) {
                throw new UncheckedIOException(unwritable);
            }
        }

        private void add(String name, Map<String, String> environment) {
            proxies.put(name, ProxyUnderTest.with(daemon.socket(), environment));
        }

        Cli cli(String proxy) {
            return daemon.cli(
                    folder,
                    Map.of(
                            "DOCKER_HOST",
                            "tcp://127.0.0.1:" + proxies.get(proxy).port()));
        }

        String state() {
            return direct.script(STATE).stdout();
        }
    }

    @AfterAll
    static void stop() {
        WORLDS.values().forEach(world -> {
            world.proxies.values().forEach(ProxyUnderTest::close);
            world.direct.script(CLEAN);
        });
        WORLDS.clear(); // Maven runs a class again after a failure
    }

    private static final String SEPARATOR = " | ";
    /** The proxy, the command of its client, and a part of the message. */
    private static final List<String> HARMFUL = List.of(
            "dashboard | docker restart -t 0 wt-plain | has no label restart=allowed",
            "dashboard | docker restart -t 0 wt-db | has no label restart=allowed",
            "dashboard | docker stop -t 0 wt-plain | has no label restart=allowed",
            "dashboard | docker restart -t 0 $(docker inspect -f '{{.Id}}' wt-plain | cut -c1-12) | has no label",
            "dashboard | docker kill wt-plain | has no label",
            "dashboard | docker restart -t 0 wt-missing | o such container",
            "selector | docker restart -t 0 wt-plain | which the selector of this operation requires (profile homepage:"
                    + " policy.yaml line 4)",
            "selector | docker stop -t 0 wt-free | is not allowed",
            "updater | docker rm -f wt-plain | has no label",
            "updater | docker exec wt-plain true | has no label",
            "updater | docker volume rm wt-data | has no label",
            "updater | docker run --rm --network none -v wt-data:/d busybox:local true | has no label",
            "updater | docker network connect wt-net wt-free | has no label",
            "updater | docker network rm wt-net | has no label",
            "updater | docker tag busybox:local wt-image:1 | needs a name",
            "updater | docker rmi wt-image:1 | has no label",
            "bare | docker rm -f wt-db | PROTECT",
            "bare | docker exec wt-db true | PROTECT",
            "bare | docker network disconnect -f wt-net wt-db | PROTECT",
            "bare | docker network connect wt-net wt-old | PROTECT",
            "bare | curl -s -H 'Content-Type: application/json' -d '{\"container\":\"wt-db\",\"Force\":true}'"
                    + " http://${DOCKER_HOST#tcp://}/networks/wt-net/disconnect; exit 1 | Container and Force",
            "bare | curl -s -H 'Content-Type: application/json' -d '{\"container\":\"wt-old\"}'"
                    + " http://${DOCKER_HOST#tcp://}/networks/wt-net/connect; exit 1 | one member Container",
            "guarded | docker stop -t 0 wt-db | PROTECT",
            "guarded | docker kill wt-db | PROTECT",
            "guarded | docker restart -t 0 wt-db | PROTECT",
            "guarded | docker pause wt-db | PROTECT",
            "guarded | docker rm -f wt-db | PROTECT",
            "guarded | docker rm -f $(docker ps -aq -f name=wt-db) | PROTECT",
            "guarded | docker rename wt-db wt-x | PROTECT",
            "guarded | docker update -m 100m wt-db | PROTECT",
            "guarded | docker exec wt-db true | PROTECT",
            "guarded | docker cp wt-db:/etc/passwd - | PROTECT",
            "guarded | docker export wt-db >/dev/null | PROTECT",
            "guarded | docker commit wt-db wt-image:2 | PROTECT",
            "guarded | docker attach --no-stdin wt-db | received 403",
            "guarded | docker start wt-old | PROTECT",
            "guarded | docker rm wt-old | PROTECT",
            "guarded | docker volume rm wt-crit | PROTECT",
            "guarded | docker volume rm -f wt-data | PROTECT",
            "guarded | docker network rm wt-critnet | PROTECT",
            "guarded | docker network rm wt-net | PROTECT",
            "guarded | docker network disconnect -f wt-net wt-db | PROTECT",
            "guarded | docker network connect wt-net wt-old | PROTECT",
            "guarded | docker network connect wt-critnet wt-plain | PROTECT",
            "guarded | docker create --name wt-new --network container:wt-db busybox:local true | PROTECT",
            "guarded | docker create --name wt-new --network none --volumes-from wt-db busybox:local true | PROTECT",
            "guarded | docker create --name wt-new --network none -v wt-data:/d busybox:local true | PROTECT",
            "guarded | docker create --name wt-new --network none -v wt-crit:/d busybox:local true | PROTECT",
            "guarded | docker create --name wt-new --network wt-critnet busybox:local true | PROTECT",
            "guarded | docker tag wt-image:1 busybox:local | PROTECT",
            "guarded | docker rmi -f busybox:local | PROTECT",
            "guarded | docker rmi wt-image:1 | PROTECT",
            "guarded | docker container prune -f --filter label!=x | PROTECT",
            "guarded | e=$(curl -s --unix-socket SOCKET -H 'Content-Type: application/json' -d '{\"Cmd\":[\"kill\",\"1\"]}'"
                    + " http://d/containers/wt-db/exec | cut -d'\"' -f4); curl -s -H 'Content-Type: application/json'"
                    + " -d '{\"Detach\":true}' http://${DOCKER_HOST#tcp://}/exec/$e/start; exit 1 | PROTECT");

    private static final List<String> HARMFUL_ON_PODMAN = List.of(
            "guarded | podman --remote stop -t 0 wt-db | PROTECT",
            "guarded | podman --remote rm -f -t 0 wt-db | PROTECT",
            "guarded | podman --remote rm -f -t 0 --depend wt-plain | depend",
            "guarded | podman --remote network rm -f wt-net | PROTECT",
            "guarded | podman --remote volume rm -f wt-data | PROTECT",
            "guarded | curl -s -X DELETE http://${DOCKER_HOST#tcp://}/v5.0.0/libpod/images/busybox:local?force=true; exit 1 | PROTECT",
            "guarded | podman --remote untag busybox:local | PROTECT",
            "guarded | podman --remote pod prune -f | PROTECT",
            "guarded | podman --remote run --rm --pull never --network container:wt-db busybox:local true | PROTECT",
            "guarded | podman --remote run --rm --pull never --network none -v wt-data:/d busybox:local true | PROTECT",
            "guarded | podman --remote exec wt-db true | PROTECT",
            "updater | podman --remote kill wt-plain | has no label",
            "updater | podman --remote volume rm wt-data | has no label");

    static Stream<Arguments> harmful() {
        return Corpus.sample(Stream.concat(
                Stream.of(Kind.values()).flatMap(kind -> HARMFUL.stream().map(line -> arguments(kind, line))),
                HARMFUL_ON_PODMAN.stream().map(line -> arguments(Kind.PODMAN, line))));
    }

    private static Arguments arguments(Kind kind, String line) {
        int command = line.indexOf(SEPARATOR);
        int message = line.lastIndexOf(SEPARATOR);
        return Arguments.of(
                kind,
                line.substring(0, command),
                line.substring(command + SEPARATOR.length(), message),
                line.substring(message + SEPARATOR.length()));
    }

    @ParameterizedTest
    @MethodSource("harmful")
    void harmfulCommandIsDeniedAndChangesNothing(Kind kind, String proxy, String command, String message) {
        World world = kind.world();
        String before = world.unchanged == null ? world.state() : world.unchanged;
        world.unchanged = null;

        Cli.Result result = world.cli(proxy)
                .script(command.replace("SOCKET", world.daemon.socket().toString()));

        assertThat(result.exitCode()).as(result.toString()).isNotZero();
        assertThat(result.stderr() + result.stdout()).contains(message);
        String after = world.state();
        assertThat(after).isEqualTo(before).contains("wt-db running");
        world.unchanged = after;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pod start wt-pod",
                "pod stop -t 0 wt-pod",
                "pod kill wt-pod",
                "pod restart wt-pod",
                "pod pause wt-pod",
                "pod rm -f wt-pod",
                "create --pull never --name wt-new --pod wt-pod busybox:local true"
            })
    void podWithAProtectedContainerIsNotChanged(String command) {
        World world = Kind.PODMAN.world();
        succeed(
                world.direct,
                "podman --remote pod rm -f -t 0 wt-pod; podman --remote pod create --infra=false --name wt-pod"
                        + " && podman --remote run -d --pod wt-pod --name wt-member --label critical=true --network none"
                        + " busybox:local sleep 100000");
        String inspect = "podman --remote inspect -f '{{.State.Status}} {{.State.StartedAt}}' wt-member";
        String before = succeed(world.direct, inspect);

        Cli.Result result = world.cli("guarded").script("podman --remote " + command);

        assertThat(result.exitCode()).isNotZero();
        assertThat(result.stderr()).contains("PROTECT");
        assertThat(succeed(world.direct, inspect)).isEqualTo(before);
        succeed(world.direct, "podman --remote pod rm -f -t 0 wt-pod");
    }

    @ParameterizedTest
    @EnumSource
    void dashboardListsAllAndRestartsWhatIsLabelled(Kind kind) {
        Cli dashboard = kind.world().cli("dashboard");

        assertThat(succeed(dashboard, "docker ps -a --format '{{.Names}}'").lines())
                .contains("wt-free", "wt-plain", "wt-db", "wt-old");
        succeed(dashboard, "docker inspect wt-db");
        succeed(dashboard, "docker restart -t 0 wt-free");
        succeed(kind.world().cli("selector"), "docker restart -t 0 wt-free");
    }

    @ParameterizedTest
    @EnumSource
    void objectsBesideProtectedOnesAreChanged(Kind kind) {
        World world = kind.world();
        for (String proxy : List.of("guarded", "bare")) {
            Cli cli = world.cli(proxy);
            succeed(cli, "docker run -d --name wt-new --network wt-net -v wt-made:/m busybox:local sleep 100000");
            succeed(cli, "docker exec wt-new true && docker cp wt-new:/etc/passwd - >/dev/null");
            succeed(cli, "docker network disconnect wt-net wt-new && docker network connect wt-net wt-new");
            succeed(cli, "docker commit wt-new wt-image:2 && docker rmi wt-image:2");
            succeed(cli, "docker rename wt-new wt-gone && docker rm -f wt-gone && docker volume rm wt-made");
        }
    }

    @ParameterizedTest
    @EnumSource
    void updaterReplacesWhatIsLabelled(Kind kind) {
        World world = kind.world();
        Cli updater = world.cli("updater");

        succeed(updater, "docker stop -t 0 wt-free && docker rm wt-free");
        succeed(updater, "docker run -d --name wt-free --network none -v wt-spare:/s busybox:local sleep 100000");
        succeed(updater, "docker volume create wt-made && docker volume rm wt-made");

        assertThat(succeed(world.direct, "docker inspect -f '{{index .Config.Labels \"restart\"}}' wt-free"))
                .isEqualToIgnoringWhitespace("allowed");
    }

    @ParameterizedTest
    @EnumSource
    void pruneSparesProtectedObjects(Kind kind) {
        World world = kind.world();
        succeed(world.direct, "docker create --name wt-gone --label prune=yes --network none busybox:local true");
        succeed(world.direct, "docker volume create --label prune=yes wt-gone");
        succeed(world.direct, "docker network create --label prune=yes wt-gone");
        succeed(
                world.direct,
                "docker rm -f wt-old; docker create --name wt-old --label critical=true --label prune=yes"
                        + " --network none busybox:local sleep 100000");
        Cli guarded = world.cli("guarded");

        succeed(guarded, "docker container prune -f --filter label=prune=yes");
        succeed(guarded, "docker network prune -f --filter label=prune=yes");
        String file = "tar c -C " + folder + " --files-from /dev/null | docker import ";
        succeed(world.direct, file + "--change 'LABEL critical=true' - && " + file + "--change 'LABEL critical=no' -");
        String critical = "docker images -qa --filter label=critical=";
        succeed(guarded, "docker image prune -f; docker volume prune -af || docker volume prune -f");
        assertThat(succeed(world.direct, critical + "true")).isNotBlank();
        assertThat(succeed(world.direct, critical + "no")).isBlank();
        assertThat(succeed(world.direct, "docker volume ls -q").lines())
                .contains("wt-crit")
                .doesNotContain("wt-gone");
        succeed(world.direct, "docker rmi $(" + critical + "true)");

        assertThat(succeed(world.direct, "docker ps -a --format '{{.Names}}'").lines())
                .contains("wt-old")
                .doesNotContain("wt-gone");
        assertThat(succeed(world.direct, "docker network ls --format '{{.Name}}'")
                        .lines())
                .contains("wt-critnet")
                .doesNotContain("wt-gone");
    }

    @ParameterizedTest
    @ValueSource(strings = {"container", "volume", "network", "image"})
    void podmanPruneSparesProtectedObjects(String kind) {
        World world = Kind.PODMAN.world();

        succeed(world.cli("guarded"), "podman --remote " + kind + " prune -f");

        assertThat(world.state()).contains("wt-old", "wt-crit", "wt-critnet");
    }

    private static String succeed(Cli cli, String command) {
        Cli.Result result = cli.script(command);
        assertThat(result.exitCode()).as(command + ": " + result.stderr()).isZero();
        return result.stdout();
    }
}
