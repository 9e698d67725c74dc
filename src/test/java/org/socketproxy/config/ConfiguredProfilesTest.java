package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.client.Client;
import org.socketproxy.client.UnixPeer;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.advice.ProfileNotes;

/** Which profile applies to a client, and what the proxy notes about the profiles. */
class ConfiguredProfilesTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    @TempDir
    Path folder;

    private PolicySettings policy(String yaml) throws Exception {
        Path file = Files.writeString(folder.resolve("policy.yaml"), yaml);
        Map<String, String> environment = Map.of("POLICY", file.toString(), "LISTEN", "unix:///run/ci.sock?name=ci");
        return Settings.read(environment, Variables.load()).policy();
    }

    private static ConfiguredProfiles configured(PolicySettings policy) {
        return ConfiguredProfiles.of(policy, CATALOGUE, ParameterRules.load(), profile -> LearnMode.off());
    }

    private static Client client(String listener, int uid) {
        return new Client(listener, "for logs", null, null, new UnixPeer("u", "g", uid, 0), null);
    }

    @ParameterizedTest
    @CsvSource({"ci, 1, both", "ci, 2, uid", "other, 2, uid", "other, 1, rest", "ci, 3, listener"})
    void firstProfileThatHasTheClientApplies(String listener, int uid, String expected) throws Exception {
        ConfiguredProfiles profiles = configured(policy("""
                profiles:
                  both: {clients: [{uid: 1, listener: ci}]}
                  uid: {clients: [{uid: 9}, {uid: 2}]}
                  listener: {clients: [{listener: ci}]}
                  rest: {}
                otherwise: rest
                """));

        assertThat(profiles.of(client(listener, uid)).name()).isEqualTo(expected);
        assertThat(profiles.find(expected)).map(ConfiguredProfile::name).contains(expected);
        assertThat(profiles.find("none")).isEmpty();
    }

    /** The length of all sentences, which the proxy keeps and prints, is not the square of the number of profiles. */
    @Test
    void sentenceNamesSomeOfManyProfiles() throws Exception {
        List<Integer> lengths = new ArrayList<>();
        for (int number : List.of(30, 300)) {
            String small = IntStream.range(0, number)
                    .mapToObj(i -> "  p%04d: {clients: [{network: 10.1.%d.%d}], variables: {PING: 1}}%n"
                            .formatted(i, i / 250, i % 250))
                    .collect(Collectors.joining());
            String large = IntStream.range(0, number)
                    .mapToObj(i ->
                            "  q%04d: {clients: [{network: 10.2.%d.%d}], variables: {CONTAINERS: 1, POST: 1, ALLOW_STOP: 1}}%n"
                                    .formatted(i, i / 250, i % 250))
                    .collect(Collectors.joining());
            List<String> sentences =
                    new ProfileNotes(configured(policy("profiles:\n" + small + large)), CATALOGUE).sentences();
            assertThat(sentences)
                    .anyMatch(sentence -> sentence.startsWith("profile q0000 is chosen by network 10.2.0.0, ")
                            && sentence.contains(" p0019 and " + (number - 20) + " others. "));
            lengths.add(String.join("", sentences).length());
        }
        assertThat(lengths.get(1)).isLessThan(11 * lengths.get(0));
    }

    @Test
    void profilesAreFoundByName() throws Exception {
        PolicySettings policy = policy("profiles: {a: {}, b: {}}\n");

        assertThat(policy.isOfFile()).isTrue();
        assertThat(policy.find("b")).map(ProfileSettings::name).contains("b");
        assertThat(policy.find("c")).isEmpty();
        assertThat(Settings.read(Map.of(), Variables.load()).policy().isOfFile())
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "PT1H | -                    | 2026-11-26T03:00:00Z",
                "-    | 2026-11-26T05:00:00Z | 2026-11-26T05:00:00Z",
                "PT1H | 2026-11-26T05:00:00Z | 2026-11-26T03:00:00Z",
                "PT4H | 2026-11-26T05:00:00Z | 2026-11-26T05:00:00Z",
            })
    void learnModeEndsAtTheEarlierOfBoth(Duration length, Instant until, Instant expected) {
        assertThat(new ProfileSettings.Learn(length, until).end(Instant.parse("2026-11-26T02:00:00Z")))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            nullValues = "-",
            value = {
                "{a: {clients: [{uid: 1}]}} | -",
                "{a: {}} | profile a has no clients, so it applies to no client",
                "{a: {clients: [{uid: 1}]}, b: {clients: [{uid: 1}]}} | profile b applies to no client: profile a comes"
                        + " first, and has the same clients (uid 1)",
                "{a: {clients: [{uid: 1}]}, b: {clients: [{uid: 1}, {uid: 2}]}} | profile b: profile a comes first, and has"
                        + " the same clients (uid 1)",
                "{a: {clients: [{network: 10.0.0.0/8}]}, b: {clients: [{uid: 1}]}} | -",
                "{a: {clients: [{address: 10.0.0.5}], variables: {IMAGES: 1}}, b: {clients: [{uid: 1}]}} | profile a is"
                        + " chosen by network 10.0.0.5, which another machine or container on that network can take; it"
                        + " allows more than b. A listener, a certificate or a uid is safer",
                "{a: {clients: [{uid: 1}]}, b: {clients: [{uid: 2}], variables: {IMAGES: 1}}} | -",
            })
    void profileWithoutAReliableClientHasANote(String profiles, String expected) throws Exception {
        assertThat(new ProfileNotes(configured(policy("profiles: " + profiles + "\n")), CATALOGUE).sentences())
                .isEqualTo(expected == null ? List.of() : List.of(expected));
    }

    @Test
    void profileOfAllOthersThatAllowsMoreHasANote() throws Exception {
        PolicySettings policy =
                policy("profiles: {a: {clients: [{uid: 1}]}, b: {variables: {IMAGES: 1}}}\notherwise: b\n");

        assertThat(new ProfileNotes(configured(policy), CATALOGUE).sentences())
                .containsExactly(
                        "profile b applies to every client that no other profile has, and it allows more than a");
    }

    /** An updater loses a container if it can remove it, and not create it again. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "IMAGES=1                                                        | -",
                "CONTAINERS=1 POST=1                                             | -",
                "CONTAINERS=1 MASK=env                                           | -",
                "CONTAINERS=1 POST=1 MASK=env                                    | MASK hides its values",
                "CONTAINERS=1 POST=1 CREATE=safe MASK=paths                      | MASK hides its values",
                "CONTAINERS=1 POST=1 CREATE=safe CREATE_ALLOW=recreate CREATE_IMAGES=a MASK=env | -",
                "CONTAINERS=1 POST=1 IMAGES=1 NETWORKS=1 CREATE=safe             | -",
                "PRESET=watchtower                                               | -",
                "PRESET=watchtower CREATE=safe                                   | without CREATE_ALLOW=recreate",
                "PRESET=watchtower CREATE=safe EXEC=1                            | without CREATE_ALLOW=recreate",
                "PRESET=watchtower CREATE=safe CREATE_ALLOW=recreate CREATE_IMAGES=a | -",
                "PRESET=watchtower CREATE=safe POST=0                            | -",
                "PRESET=docker-ci CREATE=safe                                    | -",
            })
    void environmentWithWhichAnUpdaterLosesAContainerHasANote(String settings, String expected) throws Exception {
        Map<String, String> environment = new HashMap<>();
        for (String assignment : settings.strip().split(" ")) {
            String[] words = assignment.split("=", 2);
            environment.put(words[0], words[1]);
        }
        PolicySettings policy = Settings.read(environment, Variables.load()).policy();

        List<String> notes = new ProfileNotes(configured(policy), CATALOGUE).sentences();

        assertThat(notes).hasSize(expected == null ? 0 : 1);
        assertThat(String.join("", notes)).contains(expected == null ? "" : expected);
    }

    @Test
    void profileWithWhichAnUpdaterLosesAContainerHasANote() throws Exception {
        PolicySettings policy =
                policy("profiles: {a: {clients: [{uid: 1}], preset: watchtower, create: safe, mask: env}}\n");

        assertThat(new ProfileNotes(configured(policy), CATALOGUE).sentences())
                .hasSize(2)
                .allMatch(note -> note.startsWith("profile a: "));
    }

    @Test
    void filesOfAnEnvironmentAreNamed() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "# nothing\n");

        assertThat(ConfigurationFiles.load(Map.of()).isAnyNamed()).isFalse();
        assertThat(ConfigurationFiles.load(Map.of("POLICY", file.toString())).isAnyNamed())
                .isTrue();
        assertThat(ConfigurationFiles.load(Map.of("ENV_FILE", file.toString())).isAnyNamed())
                .isTrue();
    }

    @Test
    void containerIsTheConfiguredOneIfTheProtectionIsOn() {
        assertThat(new SelfSettings(true, "proxy").find()).isEqualTo("proxy");
        assertThat(new SelfSettings(false, "proxy").find()).isEmpty();
    }
}
