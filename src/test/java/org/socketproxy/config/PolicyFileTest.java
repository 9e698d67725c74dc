package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.policy.ApiTranslation;
import org.socketproxy.policy.Variables;

/** The file of the setting {@code POLICY}. */
class PolicyFileTest {
    private static final Variables VARIABLES = Variables.load();
    private static final String LISTENERS = "tcp://127.0.0.1:2375?name=edge,unix:///run/ci.sock?name=ci";

    @TempDir
    Path folder;

    private Settings read(String yaml, String... environment) throws Exception {
        Map<String, String> all = new HashMap<>(Map.of("LISTEN", LISTENERS));
        all.put("POLICY", file(yaml).toString());
        for (String assignment : environment) {
            all.put(assignment.split("=", 2)[0], assignment.split("=", 2)[1]);
        }
        return Settings.read(all, VARIABLES);
    }

    private Path file(String yaml) throws IOException {
        return Files.writeString(folder.resolve("policy.yaml"), yaml);
    }

    private List<String> problems(String yaml, String... environment) {
        InvalidSettingsException invalid =
                catchThrowableOfType(InvalidSettingsException.class, () -> read(yaml, environment));
        assertThat(invalid).as("a problem with\n" + yaml).isNotNull();
        return invalid.problems().stream()
                .map(problem -> problem.sentence().replace(folder + "/", ""))
                .toList();
    }

    /** One document of {@code policy-file-problems.txt} and its problems, in order. */
    record Case(String name, String yaml, List<String> problems) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> documents() throws IOException {
        List<Case> cases = new ArrayList<>();
        try (var file = PolicyFileTest.class.getResourceAsStream("policy-file-problems.txt")) {
            String text = new String(file.readAllBytes(), StandardCharsets.UTF_8);
            for (String block : text.substring(text.indexOf("\n--- ") + 1).split("(?m)^--- ")) {
                if (!block.isBlank()) {
                    int end = block.indexOf('\n');
                    int result = block.indexOf("==> ");
                    cases.add(new Case(
                            block.substring(0, end),
                            block.substring(end + 1, result),
                            block.substring(result + 4)
                                    .strip()
                                    .lines()
                                    .map(line -> line.replaceFirst("^==> ", ""))
                                    .toList()));
                }
            }
        }
        assertThat(cases).hasSizeGreaterThan(30);
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource("documents")
    void reportsAllProblemsWithLineAndColumn(Case given) {
        String keys = Setting.keys().keySet().stream().map(Setting::yamlKey).collect(Collectors.joining(", "));

        assertThat(problems(given.yaml))
                .containsExactlyElementsOf(given.problems.stream()
                        .map(problem -> problem.replace("{keys of settings}", keys))
                        .toList());
    }

    @Test
    void readsTheExampleOfTheDocumentation() throws Exception {
        PolicySettings policy = read("""
                        profiles:
                          traefik:
                            clients: [{listener: edge}, {network: 172.20.0.0/24}]
                            preset: traefik
                          ci:
                            clients: [{certificate: {cn: "runner-*"}}, {uid: 1000, listener: ci}]
                            variables: {CONTAINERS: 1, IMAGES: 1, POST: 1, EXEC: 1}
                            allow: [ContainerWait]
                            deny:  [ContainerExport, ImageDelete]
                            create: {rules: safe, binds: [/srv/cache/**], require: [memory]}
                            mask: ["env:*KEY*|*PASS*", args]
                            mask-keep: env:KEY_ID
                            api-version: 1.50
                        otherwise: deny
                        """).policy();

        assertThat(policy.all()).extracting(ProfileSettings::name).containsExactly("traefik", "ci", "otherwise");
        ProfileSettings ci = policy.profiles().get(1);
        assertThat(ci.clients())
                .extracting(ClientMatcher::text)
                .containsExactly("certificate cn runner-*", "uid 1000 and listener ci");
        assertThat(ci.granted())
                .contains("CONTAINERS", "IMAGES", "POST", "EXEC", "PING")
                .doesNotContain("BUILD");
        assertThat(ci.grants().exceptions().allowedTexts()).containsExactly("ContainerWait");
        assertThat(ci.grants().exceptions().denied()).containsExactlyInAnyOrder("ContainerExport", "ImageDelete");
        assertThat(ci.create().binds().allowed()).hasToString("[/srv/cache/**]");
        assertThat(ci.mask().assignment()).isEqualTo("MASK=env:*KEY*|*PASS*,args MASK_KEEP=env:KEY_ID");
        assertThat(ci.values().get(ApiTranslation.KEY).text()).isEqualTo("1.50");
        assertThat(ci.origin().lines()).containsEntry("variables", 7).containsEntry("deny", 9);
        assertThat(policy.profiles().get(0).granted())
                .isEqualTo(Preset.find("traefik").orElseThrow().variables());
        assertThat(policy.otherwise().origin().isNone()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "otherwise: ci   | ci",
                "otherwise: deny | otherwise",
                "# nothing       | otherwise",
            })
    void otherwiseNamesTheProfileOfOtherClients(String line, String profile) throws Exception {
        assertThat(read("profiles:\n  ci: {}\n" + line + "\n")
                        .policy()
                        .otherwise()
                        .name())
                .isEqualTo(profile);
    }

    @Test
    void policyHasAtMostAThousandProfiles() throws Exception {
        String thousand = IntStream.range(0, 1000)
                .mapToObj(i -> "  p" + i + ": {}\n")
                .collect(Collectors.joining("", "profiles:\n", ""));

        assertThat(read(thousand).policy().profiles()).hasSize(1000);
        assertThat(problems(thousand + "  more: {}\n"))
                .containsExactly("policy.yaml line 2 column 3: profiles: at most 1000 profiles are possible");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1h                               | PT1H | ",
                "until 2026-11-26T03:00:00Z       |      | 2026-11-26T03:00:00Z",
                "30m until 2026-11-26T03:00:00Z   | PT30M | 2026-11-26T03:00:00Z",
            })
    void learnHasADurationOrAnEnd(String text, String length, String until) throws Exception {
        ProfileSettings.Learn learn = read("profiles:\n  ci:\n    learn: " + text + "\n")
                .policy()
                .profiles()
                .get(0)
                .validity()
                .learn();

        assertThat(learn.length() == null ? null : learn.length().toString()).isEqualTo(length);
        assertThat(learn.until() == null ? null : learn.until().toString()).isEqualTo(until);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CONTAINERS=1",
                "EVENTS=0",
                "PRESET=traefik",
                "COMPAT=tecnativa",
                "MODE=learn",
                "LEARN_FOR=2h",
                "LEARN_UNTIL=2026-11-26T03:00:00Z",
                "CREATE=safe",
                "BINDS=/srv",
                "CREATE_ALLOW=ports",
                "CREATE_REQUIRE=memory",
                "CREATE_IMAGES=nginx",
                "TARGETS=label:owner=ci",
                "MASK=env",
            })
    void refusesPermissionsOfTheEnvironment(String assignment) {
        assertThat(problems("profiles: {}\n", assignment))
                .containsExactly(
                        assignment + ": the policy file policy.yaml decides what is allowed: move this to a profile"
                                + " there, or unset POLICY");
    }

    @Test
    void takesNoPartOfAFile() {
        assertThat(problems("profiles:\n  ci: {}"))
                .singleElement()
                .asString()
                .endsWith("the last line has no line break, so it may be incomplete; add a line break");
        assertThat(problems("")).containsExactly("policy.yaml line 1 column 1: the file has no content");
    }

    @Test
    void namesAFileThatCannotBeRead() {
        assertThatThrownBy(() -> Settings.read(Map.of("POLICY", "/nowhere/policy.yaml"), VARIABLES))
                .hasMessage("POLICY=/nowhere/policy.yaml: the file cannot be read; name an existing file of at most 256"
                        + " KiB, or unset it");
    }
}
