package org.socketproxy.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.PolicySettings;
import org.socketproxy.config.Preset;
import org.socketproxy.config.Setting;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.ProfileKeys;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.advice.ProfileRisks;

/** A policy file of {@code convert} decides like the environment from which it comes. */
class ConversionTest extends PolicyCommands {
    private static final Variables VARIABLES = Variables.load();
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final Path CORPORA = Path.of("src/test/resources/org/socketproxy");

    private static Map<String, String> environment(String assignments) {
        Map<String, String> environment = new LinkedHashMap<>();
        Stream.of(assignments.split(" +"))
                .filter(each -> each.contains("="))
                .map(each -> each.split("=", 2))
                .forEach(each -> environment.put(each[0], each[1]));
        return environment;
    }

    private static List<String> cells(String file, String separator, int column) throws IOException {
        return Files.readAllLines(CORPORA.resolve(file)).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> line.split(separator, -1)[column].strip())
                .distinct()
                .toList();
    }

    /** Returns some of the environments, each of which takes 20 ms. */
    private static List<String> part(String file) throws IOException {
        List<String> all = cells(file, "\t", 1);
        int step = Boolean.getBoolean("conversion.all") ? 1 : 10;
        return IntStream.range(0, all.size())
                .filter(i -> i % step == 0)
                .mapToObj(all::get)
                .toList();
    }

    /** Returns the environments of the corpora, and each preset and variable. */
    private static Set<Map<String, String>> environments() throws IOException {
        Set<Map<String, String>> all = new LinkedHashSet<>();
        part("compat/linuxserver.matrix.tsv").forEach(each -> all.add(environment(each)));
        part("compat/tecnativa.matrix.tsv")
                .forEach(each -> all.add(environment(each + " COMPAT=tecnativa EVENTS=0 PING=0 VERSION=0 " + each)));
        cells("policy/decisions.txt", " \\| ", 0)
                .forEach(each -> all.add(environment(each.replace(",", "=1 ").replace("-", "") + "=1")));
        cells("policy/advice/advice.txt", " \\| ", 1).forEach(each -> all.add(environment(each)));
        Preset.all().forEach(each -> all.add(environment("PRESET=" + each.name())));
        Preset.all().forEach(each -> all.add(environment("CREATE=0 MASK=0 POST=1 PRESET=" + each.name())));
        VARIABLES.all().forEach(each -> all.add(environment("COMPAT=tecnativa " + each.name() + "=on")));
        return all;
    }

    private static Map<String, String> facts(PolicySettings settings) {
        ConfiguredProfiles profiles =
                ConfiguredProfiles.of(settings, CATALOGUE, ParameterRules.load(), any -> LearnMode.off());
        Policy policy = profiles.otherwise().profile().policy();
        Map<String, String> facts = new TreeMap<>();
        for (Operation operation : CATALOGUE.operations()) {
            boolean isAllowed = policy.allows(operation, operation.write().isAlways());
            facts.put(operation.id(), isAllowed + " " + policy.allows(operation, true));
        }
        facts.put(
                "risk",
                new ProfileRisks(profiles, CATALOGUE).risk(profiles.otherwise()).level() + "");
        return facts;
    }

    private static Settings settings(Map<String, String> environment) {
        try {
            return Settings.read(environment, VARIABLES);
        } catch (InvalidSettingsException invalid) {
            return null;
        }
    }

    /** Converts an environment, and compares the decisions; returns false if it is not valid. */
    private boolean isConverted(Map<String, String> environment) throws IOException {
        Settings before = settings(environment);
        out.reset();
        err.reset();
        int exitCode = run(environment, "convert");
        if (before == null) {
            assertThat(exitCode).as(environment.toString()).isEqualTo(CommandLine.UNUSABLE);
            assertThat(printed()).isEmpty();
            return false;
        }
        assertThat(exitCode).as(environment + " " + err).isZero();
        Path file = Files.writeString(folder.resolve("converted.yaml"), printed());
        Settings after = settings(Map.of("POLICY", file.toString()));
        assertThat(after).as(printed()).isNotNull();
        assertThat(facts(after.policy())).as(printed()).isEqualTo(facts(before.policy()));
        return true;
    }

    @Test
    void aPolicyFileDecidesLikeTheEnvironment() throws IOException {
        int converted = 0;
        for (Map<String, String> environment : environments()) {
            converted += isConverted(environment) ? 1 : 0;
        }
        assertThat(converted).isGreaterThan(150);
    }

    /** Values of settings: each row of the corpus, also with the next ones. */
    @Test
    void aPolicyFileHasTheValuesOfTheSettings() throws IOException {
        List<Map<String, String>> rows = new ArrayList<>();
        for (String line : Files.readAllLines(CORPORA.resolve("config/policy-parity.txt"))) {
            if (!line.startsWith("#")) {
                String[] assignment = line.split("\\s+\\|", 2)[0].split("=", 2);
                rows.add(Map.of(assignment[0], assignment[1]));
            }
        }
        int converted = 0;
        for (int one = 0; one < rows.size(); one++) {
            for (Map<String, String> other : List.of(
                    rows.get(one),
                    rows.get((one + 1) % rows.size()),
                    rows.get((one + 4) % rows.size()),
                    rows.get((one + 9) % rows.size()))) {
                Map<String, String> both = new LinkedHashMap<>(rows.get(one));
                both.put("CREATE", "safe");
                both.putAll(other);
                converted += isConverted(both) ? 1 : 0;
            }
        }
        assertThat(converted).isGreaterThan(35);
    }

    @Test
    void eachSettingOfAProfileHasAKey() {
        assertThat(Setting.ofPermissions())
                .extracting(Setting::name)
                .filteredOn(name ->
                        !Set.of("COMPAT", "MODE", "LEARN_FOR", "LEARN_UNTIL").contains(name))
                .containsExactlyInAnyOrderElementsOf(ProfileKeys.all().keySet());
    }

    @Test
    void theTextSaysWhereEachKeyComesFrom() {
        Map<String, String> environment = Map.of(
                "CONTAINERS",
                "yes",
                "EVENTS",
                "0",
                "CREATE",
                "safe",
                "BINDS",
                "/srv:ro, /data/**",
                "MASK",
                "env:*KEY*",
                "EXEC_ALLOW",
                "pg_dump **; sh -c \"a,b\"",
                "EXEC_OPTIONS",
                "user:a,user:b",
                "MODE",
                "learn",
                "LISTEN",
                "tcp://:2375");

        assertThat(run(environment, "convert"))
                .as(err.toString(StandardCharsets.UTF_8))
                .isZero();
        assertThat(printed()).isEqualTo("""
                # Set POLICY to the path of this file. It applies to all clients: to tell them apart, give each profile
                # clients, such as clients: [{network: 172.20.0.0/24}].
                # Remove from the environment: CREATE, BINDS, EXEC_ALLOW, EXEC_OPTIONS, MASK, MODE, CONTAINERS, EVENTS
                profiles:
                  default:
                    # CREATE, BINDS:
                    create: {rules: safe, binds: ["/srv:ro", "/data/**"]}
                    # EXEC_ALLOW, EXEC_OPTIONS:
                    exec: {commands: ["pg_dump **", "sh -c \\"a,b\\""], users: [a, b]}
                    mask: ["env:*KEY*"]                     # MASK
                    variables:
                      CONTAINERS: 1                         # list and inspect containers, stats; with POST create, start, remove, attach
                      EVENTS: 0                             # stream of events
                    learn: 1h                               # MODE=learn
                otherwise: default
                """);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CONTAINERS=1 SERVCES=1 | 0 | SERVCES=1: there is no such variable; did you mean SERVICES?",
                "CONTAINERS=maybe       | 2 | CONTAINERS=maybe: use 1, true, yes or on",
                "POLICY=/x.yaml         | 2 | POLICY names a policy file already",
                "MODE=learn LEARN_FOR=500ms | 2 | policy.yaml line 6 column 12: profiles.default.learn: use a duration",
            })
    void whatCannotBeConvertedIsReported(String assignments, int exitCode, String message) {
        assertThat(run(environment(assignments), "convert")).isEqualTo(exitCode);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'environment: [CONTAINERS=1, MASK=$$x, FOO=$X]'  | 2 | MASK=$x",
                "'environment: [CONTAINERS=1, FOO=$X, BAR]'       | 0 | CONTAINERS: 1",
                "'environment: {CONTAINERS: 1, FOO: }'            | 0 | CONTAINERS: 1",
                "'environment: {CONTAINERS: $X}'                  | 2 | column 31: the value of CONTAINERS comes from outside of this file",
                "'environment: {CONTAINERS: , POST: 1}'           | 2 | the value of CONTAINERS comes from outside of this file",
                "'environment: {CONTAINERS: \"\", POST: 1}'         | 0 | CONTAINERS: 0",
                "'environment: [CONTAINERS]'                      | 2 | column 19: the value of CONTAINERS comes from outside",
                "'{environment: [EVENTS=0], env_file: x.env}'     | 2 | reads other files with env_file",
                "'environment: [POLICY=/policy.yaml]'             | 2 | POLICY names a policy file already",
                "'environment: [FOO=1]'                           | 2 | no service has an environment with variables of the proxy",
                "'environment: &a [EVENTS=1]'                     | 2 | anchor",
                "'environment: {EVENTS: 1}, environment: {}'      | 2 | YAML",
            })
    void aServiceOfAComposeFileIsConverted(String service, int exitCode, String part) throws IOException {
        String text = "services:\n  web:\n    environment: [FOO=bar]\n  none: {image: x}\n  proxy:\n    "
                + (service.startsWith("{")
                        ? service.replaceFirst("^\\{", "")
                                .replaceFirst("}$", "")
                                .replace(", env_file", "\n    env_file")
                        : service)
                + "\n";
        Path file = Files.writeString(folder.resolve("compose.yaml"), text);

        assertThat(run(Map.of(), "convert", file.toString()))
                .as(err + printed())
                .isEqualTo(exitCode);
        assertThat(printed() + err.toString(StandardCharsets.UTF_8)).contains(part);
    }

    @Test
    void oneOfSeveralServicesIsChosen() throws IOException {
        Path file = Files.writeString(
                folder.resolve("compose.yml"),
                "services:\n  one: {environment: [EVENTS=0]}\n  other: {environment: {IMAGES: 1}}\n");

        assertThat(run(Map.of(), "convert", file.toString())).isEqualTo(2);
        assertThat(run(Map.of(), "convert", "--service=othr", file.toString())).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("several services have variables of the proxy: add --service with one of ")
                .contains("there is no service othr; did you mean other?");
        assertThat(run(Map.of(), "convert", "--service", "other", file.toString()))
                .isZero();
        assertThat(printed()).contains("      IMAGES: 1 ").doesNotContain("EVENTS: ");
    }

    @Test
    void anEnvFileIsConverted() throws IOException {
        Path file = Files.writeString(folder.resolve("proxy.env"), "EVENTS=0\nIMAGES=1\n");

        assertThat(run(Map.of(), "convert", file.toString())).isZero();
        assertThat(printed()).contains("EVENTS: 0 ", "IMAGES: 1 ");
        assertThat(run(Map.of(), "convert", "--service=a", file.toString())).isEqualTo(2);
        assertThat(run(Map.of(), "convert", "--service=a")).isEqualTo(2);
        assertThat(run(Map.of(), "convert", folder.resolve("none.env").toString()))
                .isEqualTo(2);
        assertThat(run(Map.of(), "convert", folder.resolve("none.yaml").toString()))
                .isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("--service needs a compose file", "none.yaml cannot be read as a text");
    }

    @Test
    void theComposeFilesOfTheProjectAreConverted() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(Path.of("conf"))) {
            files = all.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        }
        assertThat(files)
                .hasSizeGreaterThan(5)
                .allSatisfy(file -> assertThat(run(Map.of(), "convert", file.toString()))
                        .as(file + " " + err)
                        .isZero());
    }
}
