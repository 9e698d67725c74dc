package org.socketproxy.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.security.OwnedWorld.Kind;
import org.socketproxy.security.OwnedWorld.Thing;
import org.socketproxy.security.OwnedWorldDaemon.Seen;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.RawResponse;

/**
 * The objects of the daemon change between two questions of the proxy, or between a question and the request: names move, objects
 * are created again under their name with other labels, and starts of ids become ambiguous. The client reaches and sees only
 * objects that were own at some time of its request. Volumes and images have no id that could be forwarded, and are left out.
 * {@code -Drace.cases=100000} runs more cases, {@code -Drace.seed=7} other ones.
 */
@Timeout(1800)
class TargetRaceTest {
    private static final int CASES = Integer.getInteger("race.cases", 5000);
    private static final long SEED = Long.getLong("race.seed", 1);
    private static final int CASES_IN_A_WORLD = 100;
    private static final Pattern QUOTED = Pattern.compile("\"([0-9a-z:]{25,71})\"");

    @TempDir
    Path folder;

    private final OwnedWorldDaemon script = new OwnedWorldDaemon();
    private final Set<String> ownNow = new HashSet<>();
    private int changes;
    private int touched;

    @Test
    void clientReachesOnlyObjectsThatWereOwnAtSomeTimeOfItsRequest() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, script)) {
            for (int world = 0; world * CASES_IN_A_WORLD < CASES; world++) {
                runWorld(daemon, SEED * 1_000_000 + world);
            }
        }
        assertThat(changes).isGreaterThan(CASES / 8);
        assertThat(touched).isGreaterThan(CASES / 50);
    }

    private void runWorld(FakeDaemon daemon, long seed) throws Exception {
        OwnedWorldGenerator generator = new OwnedWorldGenerator(new Random(seed));
        OwnedWorld world = generator.world();
        ConfinementOracle oracle = new ConfinementOracle(generator.elements(), world);
        ConfinedCases cases = new ConfinedCases(generator, oracle);
        Map<String, String> settings = new TreeMap<>(ConfinementOracleTest.ALLOWED);
        settings.put("TARGETS", oracle.targets());
        world.things().stream()
                .filter(thing -> isIdentified(thing) && !thing.names().isEmpty())
                .forEach(thing -> world.replace(thing, again(thing, thing.id(), labels(generator, oracle, thing))));
        // The proxy lets no client give a container such a name, because a removed container is remembered by its id.
        world.things().stream()
                .filter(thing -> thing.names().stream().anyMatch(name -> name.matches("[0-9a-f]{64}")))
                .forEach(world::remove);
        script.show(world);
        try (ChainUnderTest chain = ChainUnderTest.safe(daemon.host(), settings)) {
            for (int i = 0; i < CASES_IN_A_WORLD; i++) {
                ConfinedCase asked = cases.nextActing();
                try {
                    run(chain, generator, oracle, asked);
                } catch (AssertionError | RuntimeException failed) {
                    throw new AssertionError(
                            "seed " + seed + ", case " + i + ", TARGETS=" + oracle.targets() + "\n" + asked, failed);
                }
            }
        }
    }

    private void run(ChainUnderTest chain, OwnedWorldGenerator generator, ConfinementOracle oracle, ConfinedCase asked)
            throws Exception {
        int[] left = {generator.any(List.of(0, 1, 1, 1, 2))};
        ownNow.clear();
        remember(oracle);
        Set<String> all = ids(oracle);
        script.disturb(() -> {
            if (left[0]-- == 0) {
                change(generator, oracle);
                changes++;
                remember(oracle);
                all.addAll(ids(oracle));
            }
        });
        RawResponse response = ConfinementOracleTest.send(chain, asked);
        script.disturb(() -> {});

        List<Thing> reached = script.takeTouched();
        touched += reached.size();
        assertThat(reached.stream().map(Thing::id)).isSubsetOf(ownNow);
        assertThat(QUOTED.matcher(response.body())
                        .results()
                        .map(found -> found.group(1))
                        .filter(all::contains))
                .as(response.body())
                .isSubsetOf(ownNow);
        for (Seen seen : script.take()) {
            assertThat(all.stream()
                            .filter(id -> !ownNow.contains(id) && ConfinementOracleTest.isNamed(id, seen.body())))
                    .as("forwarded: %s", seen)
                    .isEmpty();
        }
    }

    private static boolean isIdentified(Thing thing) {
        return thing.kind() != Kind.VOLUME && thing.kind() != Kind.IMAGE;
    }

    private static Set<String> ids(ConfinementOracle oracle) {
        return oracle.world().things().stream()
                .filter(TargetRaceTest::isIdentified)
                .map(Thing::id)
                .collect(Collectors.toCollection(HashSet::new));
    }

    /** Names count too: an own container can have the id of another one as its name. */
    private void remember(ConfinementOracle oracle) {
        oracle.world().things().stream().filter(oracle::isOwn).forEach(own -> {
            ownNow.add(own.id());
            ownNow.addAll(own.names());
        });
    }

    /** Changes some objects at once, as other clients of the daemon can between two requests. */
    private static void change(OwnedWorldGenerator generator, ConfinementOracle oracle) {
        OwnedWorld world = oracle.world();
        List<Thing> named = world.things().stream()
                .filter(thing -> isIdentified(thing) && !thing.names().isEmpty())
                .toList();
        for (int i = 1 + generator.random().nextInt(6); i > 0 && !named.isEmpty(); i--) {
            Thing thing = generator.any(named);
            switch (generator.random().nextInt(4)) {
                case 0 -> swapNames(world, thing, generator.any(world.of(thing.kind())));
                case 1 -> {
                    world.remove(thing);
                    world.add(again(thing, generator.id(thing.kind()), labels(generator, oracle, thing)));
                }
                case 2 ->
                    world.add(again(thing, sameStart(generator, thing), labels(generator, oracle, thing))
                            .named("x" + i));
                default -> world.remove(thing);
            }
            named = named.stream().filter(world.things()::contains).toList();
        }
    }

    /** Half of the objects are own. */
    private static Map<String, String> labels(OwnedWorldGenerator generator, ConfinementOracle oracle, Thing thing) {
        return generator.random().nextBoolean() ? oracle.labels(thing.kind()) : generator.labels();
    }

    private static void swapNames(OwnedWorld world, Thing one, Thing other) {
        world.replace(one, one.named(other.names().get(0)));
        world.replace(other, other.named(one.names().get(0)));
    }

    private static Thing again(Thing thing, String id, Map<String, String> labels) {
        return new Thing(thing.kind(), id, thing.names(), labels, List.of(), false);
    }

    private static String sameStart(OwnedWorldGenerator generator, Thing thing) {
        int length = 4 + generator.random().nextInt(10);
        return thing.id().substring(0, length) + generator.id(thing.kind()).substring(length);
    }
}
