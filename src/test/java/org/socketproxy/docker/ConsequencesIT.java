package org.socketproxy.docker;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Consequence;
import org.socketproxy.policy.Consequence.Gain;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Risk;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.FileRegistry;
import org.socketproxy.testing.RealPodman;
import org.socketproxy.testing.RestartableDocker;

/**
 * Each row of {@code consequences.tsv} is carried out on a real dockerd or Podman by a client that may use only the operations
 * of the row, and is denied by {@code CREATE=safe} if the row says so.
 */
@Tag("thorough")
class ConsequencesIT {
    private static final String ON_DOCKER = "attacks-docker.txt";
    private static final String ON_PODMAN = "attacks-podman.txt";
    private static final Duration LIMIT = Duration.ofMinutes(5);
    /** Instead of the response to an attack that {@code CREATE=safe} does not prevent. */
    private static final String DENIED = "socket-proxy: CREATE=safe";

    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    @TempDir
    static Path folder;

    private static FileRegistry registry;
    private static RestartableDocker docker;
    private static RestartableDocker attacker;
    private static AttackWorld dockerWorld;
    private static AttackWorld podmanWorld;

    @BeforeAll
    static void start() throws Exception {
        Path podmanFolder = Files.createDirectories(folder.resolve("podman"));
        Path dockerFolder = Files.createDirectories(folder.resolve("docker"));
        registry = FileRegistry.in(Files.createDirectories(folder.resolve("registry")));
        docker = RestartableDocker.start(List.of("--insecure-registry=198.18.0.0/15"));
        attacker = RestartableDocker.start();
        docker.awaitReady();
        attacker.awaitReady();
        dockerWorld = new AttackWorld(
                dockerFolder,
                docker.socket(),
                shown(ON_DOCKER).toList(),
                Map.of(
                        "ATTACKER",
                        "unix://" + attacker.socket(),
                        "PID",
                        String.valueOf(docker.pid()),
                        "ATTACKERPID",
                        String.valueOf(attacker.pid()),
                        "REGISTRYPORT",
                        String.valueOf(registry.port())));
        dockerWorld.prepare(
                Corpus.lines(ConsequencesIT.class, "attacks-docker.sh").collect(joining("\n")));
        podmanWorld = new AttackWorld(
                podmanFolder,
                RealPodman.get().socket(),
                shown(ON_PODMAN).toList(),
                Map.of("REGISTRY", "127.0.0.1:" + registry.port()));
        podmanWorld.prepare(
                Corpus.lines(ConsequencesIT.class, "attacks-podman.sh").collect(joining("\n")));
    }

    @AfterAll
    static void stop() throws Exception {
        if (podmanWorld != null) {
            podmanWorld.output(
                    "podman --remote pod rm -fa -t 0; podman --remote rm -fa -t 0; podman --remote volume prune -f;"
                            + " podman --remote network prune -f; podman --remote secret rm secret-it taken-it");
            podmanWorld.close();
        }
        if (dockerWorld != null) {
            dockerWorld.output("docker swarm leave --force; docker -H $ATTACKER swarm leave --force;"
                    + " docker plugin ls -q | xargs -r docker plugin rm -f; docker ps -aq | xargs -r docker rm -f;"
                    + " docker -H $ATTACKER ps -aq | xargs -r docker -H $ATTACKER rm -f; ip link del sp$PID");
            dockerWorld.close();
        }
        if (attacker != null) {
            attacker.close();
        }
        if (docker != null) {
            docker.close();
        }
        if (registry != null) {
            registry.close();
        }
    }

    private static Stream<Attack> shown(String file) {
        return Attack.read(file).stream().filter(Attack::isShown);
    }

    static Stream<Attack> onDocker() {
        return shown(ON_DOCKER);
    }

    static Stream<Attack> onPodman() {
        return shown(ON_PODMAN);
    }

    @ParameterizedTest
    @MethodSource("onDocker")
    void attackSucceedsOnDockerd(Attack attack) throws Exception {
        carryOut(dockerWorld, attack);
    }

    @ParameterizedTest
    @MethodSource("onPodman")
    void attackSucceedsOnPodman(Attack attack) throws Exception {
        carryOut(podmanWorld, attack);
    }

    private static void carryOut(AttackWorld world, Attack attack) throws Exception {
        List<String> expected = attack.lines("then");
        assertRiskIsNamed(world, attack);
        world.prepare(attack.script("given"));
        assertThat(attack.consequence().isJudged() ? world.attack(attack, true) : DENIED)
                .contains("socket-proxy: ", "CREATE=safe");
        assertThat(world.output(attack.script("effect"))).doesNotContain(expected.get(0));

        String responses = world.attack(attack, false);
        assertThat(responses).doesNotContain("socket-proxy: ");
        world.prepare(attack.script("outside"));

        assertThat(attack.lines("effect").isEmpty() ? responses : effect(world, attack))
                .as(responses)
                .contains(expected);
    }

    /** Returns what the script of the effect prints, as soon as it is as expected, or after the limit. */
    private static String effect(AttackWorld world, Attack attack) throws InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        String effect = world.output(attack.script("effect"));
        while (!attack.lines("then").stream().allMatch(effect::contains) && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(50);
            effect = world.output(attack.script("effect"));
        }
        return effect;
    }

    /** The gains of a client have the row, unless {@code CREATE=safe} prevents it. */
    private static void assertRiskIsNamed(AttackWorld world, Attack attack) {
        Consequence consequence = attack.consequence();
        String operations = String.join(" and ", consequence.operations()) + " by allow";

        assertThat(gain(world, world.profile(attack, false), consequence.gain()))
                .isEqualTo(operations);
        assertThat(gain(world, world.profile(attack, true), consequence.gain()).equals(operations))
                .isEqualTo(!consequence.isJudged());
    }

    /** Returns how a client of a profile gets a gain; empty if it does not. */
    private static String gain(AttackWorld world, String profile, Gain gain) {
        Risk risk = Risk.of(
                world.policy()
                        .find(profile)
                        .orElseThrow()
                        .profile(CATALOGUE, ParameterRules.load(), LearnMode.off(), List.of(), InstantSource.system()),
                CATALOGUE);
        return gain == Gain.ROOT ? risk.reason() : risk.others().getOrDefault(gain, "");
    }
}
