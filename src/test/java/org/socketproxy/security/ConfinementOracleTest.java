package org.socketproxy.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
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
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/**
 * Random targets, worlds and requests: the whole chain decides, forwards and shows what {@link ConfinementOracle} says. Where the
 * client must notice nothing of others, the response is also that of a daemon without them. {@code -Dconfinement.cases=100000}
 * runs more cases, {@code -Dconfinement.seed=7} other ones.
 */
@Timeout(1800)
class ConfinementOracleTest {
    private static final int CASES = Integer.getInteger("confinement.cases", 10_000);
    private static final long SEED = Long.getLong("confinement.seed", 1);
    private static final int CASES_IN_A_WORLD = 100;
    static final Map<String, String> ALLOWED = Map.of("CREATE_ALLOW", "join-container,volumes-from,host-network");

    @TempDir
    Path folder;

    private final OwnedWorldDaemon script = new OwnedWorldDaemon();
    private int allowed;
    private int denied;

    @Test
    void chainDoesWhatTheOracleSays() throws Exception {
        try (FakeDaemon daemon = FakeDaemon.running(folder, script)) {
            for (int world = 0; world * CASES_IN_A_WORLD < CASES; world++) {
                runWorld(daemon, SEED * 1_000_000 + world);
            }
        }
        assertThat(allowed).isGreaterThan(CASES / 5);
        assertThat(denied).isGreaterThan(CASES / 5);
    }

    private void runWorld(FakeDaemon daemon, long seed) throws Exception {
        OwnedWorldGenerator generator = new OwnedWorldGenerator(new Random(seed));
        ConfinementOracle oracle = new ConfinementOracle(generator.elements(), generator.world());
        ConfinedCases cases = new ConfinedCases(generator, oracle);
        Map<String, String> settings = new HashMap<>(ALLOWED);
        settings.put("TARGETS", oracle.targets());
        try (ChainUnderTest chain = ChainUnderTest.safe(daemon.host(), settings)) {
            for (int i = 0; i < CASES_IN_A_WORLD; i++) {
                ConfinedCase asked = cases.next();
                try {
                    run(chain, oracle, asked);
                } catch (AssertionError | RuntimeException failed) {
                    throw new AssertionError(
                            "seed " + seed + ", case " + i + ", TARGETS=" + oracle.targets() + "\n" + asked + "\n"
                                    + oracle.world().things().stream()
                                            .map(thing -> (oracle.isOwn(thing) ? "own " : "    ") + thing)
                                            .collect(Collectors.joining("\n")),
                            failed);
                }
            }
        }
    }

    private void run(ChainUnderTest chain, ConfinementOracle oracle, ConfinedCase asked) throws Exception {
        OwnedWorld world = oracle.world();
        Set<String> foreign = world.things().stream()
                .filter(thing -> !oracle.isOwn(thing))
                .map(Thing::id)
                .collect(Collectors.toSet());
        world.things().stream().filter(oracle::isOwn).forEach(own -> foreign.removeAll(own.names()));
        Set<String> hidden = world.things().stream().map(Thing::id).collect(Collectors.toSet());
        world.things().stream().filter(oracle::isOwn).forEach(own -> hidden.removeAll(own.names()));
        script.show(world);
        RawResponse response = send(chain, asked);
        List<Seen> seen = script.take();

        assertThat(asked.statuses()).as(response.body()).contains(response.status());
        assertThat(asked.visible().stream().filter(id -> asked.isExact() && !isShown(id, response)))
                .as("missing in %s", response.body())
                .isEmpty();
        assertThat(hidden.stream().filter(id -> !asked.visible().contains(id) && isShown(id, response)))
                .as("leaked in %s", response.body())
                .isEmpty();
        List<Seen> acted = seen.stream()
                .filter(request -> !request.method().equals("GET") && !isVolumeOfTheProxy(request, asked, oracle))
                .toList();
        if (asked.forwarded().isEmpty()) {
            denied++;
            assertThat(acted).isEmpty();
            assertThat(seen.stream().map(Seen::target)).doesNotContain("/events", "/system/df");
        } else {
            allowed++;
            List<Seen> forwarded = seen.stream()
                    .filter(request -> request.line().startsWith(asked.forwarded()))
                    .toList();
            assertThat(forwarded).as("forwarded of %s", seen).isNotEmpty();
            Seen last = forwarded.get(forwarded.size() - 1);
            assertThat(acted).hasSize(asked.method().equals("GET") ? 0 : 1);
            assertThat(asked.contained()).allMatch(last.body()::contains);
            // An image that is own by its name alone can have any name.
            String named = last.body().replaceFirst("'Image':'[^']*'", "");
            assertThat(foreign.stream().filter(id -> isNamed(id, named))).isEmpty();
            asked.labels().forEach((key, value) -> assertThat(last.body()).contains("'" + key + "':'" + value + "'"));
        }
        if (asked.isSecret()) {
            compareWithoutOthers(chain, oracle, asked, response);
        }
    }

    /** A denied request can have created volumes of the profile before. */
    private static boolean isVolumeOfTheProxy(Seen request, ConfinedCase asked, ConfinementOracle oracle) {
        return request.line().equals("POST /volumes/create")
                && !asked.target().equals("/volumes/create")
                && oracle.labels(Kind.VOLUME).entrySet().stream()
                        .allMatch(label ->
                                request.body().contains("'" + label.getKey() + "':'" + label.getValue() + "'"));
    }

    private void compareWithoutOthers(
            ChainUnderTest chain, ConfinementOracle oracle, ConfinedCase asked, RawResponse response) throws Exception {
        script.show(new OwnedWorld(oracle.world().things().stream()
                .filter(oracle::isOwn)
                .map(own -> new Thing(
                        own.kind(),
                        own.id(),
                        own.names(),
                        own.labels(),
                        own.parts().stream()
                                .filter(oracle.visible(own)::contains)
                                .toList(),
                        own.isPrivileged()))
                .toList()));
        RawResponse alone = send(chain, asked);
        script.take();
        assertThat(withoutDate(response)).isEqualTo(withoutDate(alone));
    }

    private static String withoutDate(RawResponse response) {
        return response.head().replaceFirst("(?i)\r\nDate: [^\r]*", "") + response.body();
    }

    static boolean isNamed(String id, String body) {
        return body.contains(id)
                && Pattern.compile("(?<![a-z0-9-])" + Pattern.quote(id) + "(?![a-z0-9])")
                        .matcher(body)
                        .find();
    }

    private static boolean isShown(String id, RawResponse response) {
        return Pattern.compile("\"" + Pattern.quote(id) + "\"")
                .matcher(response.body())
                .find();
    }

    static RawResponse send(ChainUnderTest chain, ConfinedCase asked) throws Exception {
        String json = asked.body().replace('\'', '"');
        try (RawClient client = chain.connect()) {
            client.send(asked.method() + " " + asked.target() + " HTTP/1.1\r\nHost: d\r\n"
                    + (json.isEmpty() ? "" : "Content-Type: application/json\r\n") + "Content-Length: " + json.length()
                    + "\r\n\r\n" + json);
            return client.readAnswer(asked.method());
        }
    }
}
