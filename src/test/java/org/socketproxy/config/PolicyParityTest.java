package org.socketproxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.advice.PolicyDirection;
import org.socketproxy.policy.advice.ProfileChange;

/** A policy file refuses what the environment refuses: all pairs of the rows of {@code policy-parity.txt}. */
class PolicyParityTest {
    private static final Variables VARIABLES = Variables.load();
    /** In a policy file these are the keys {@code learn}, or do not exist. */
    private static final Set<Setting> WITHOUT_ROW =
            EnumSet.of(Setting.COMPAT, Setting.MODE, Setting.LEARN_FOR, Setting.LEARN_UNTIL);

    private static final String SAFE_TOO = "set CREATE=safe too";
    private static final String SAFE_IN_FILE = "add create: safe to this profile";
    /** Advice about a key of {@code create} or {@code exec} that needs the key beside it. */
    private static final List<String> WITHOUT_KEY_BESIDE = List.of(
            "add rules: safe, or remove create so that the variables alone decide",
            "name a command, such as pg_dump ** or sh /scripts/backup.sh");

    @TempDir
    Path folder;

    /**
     * @param key key of a profile, or two with a dot between them
     * @param direction what {@code check --diff} says if this is added to a profile without keys; or empty
     */
    private record Row(String setting, String value, String key, String yaml, String direction) {
        static Row of(String line) {
            String[] cells = line.split("\\s+\\|\\s+", 4);
            String[] assignment = cells[0].split("=", 2);
            return new Row(assignment[0], assignment[1], cells[1], cells[2], cells.length == 4 ? cells[3] : "");
        }
    }

    private static List<List<Row>> rows() throws IOException {
        try (var file = PolicyParityTest.class.getResourceAsStream("policy-parity.txt")) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> Stream.of(line.split("\\s+&\\s+")).map(Row::of).toList())
                    .toList();
        }
    }

    private static List<Problem> problems(Map<String, String> environment) {
        try {
            Settings.read(environment, VARIABLES);
            return List.of();
        } catch (InvalidSettingsException invalid) {
            return invalid.problems();
        }
    }

    /** Returns a policy file in which each key has a line of its own, and adds the lines of the settings. */
    private static String yaml(List<Row> rows, Map<String, Integer> lines) {
        Map<String, List<Row>> parents = new LinkedHashMap<>();
        rows.forEach(row -> parents.computeIfAbsent(row.key.replaceFirst("\\..*", ""), any -> new ArrayList<>())
                .add(row));
        List<String> text = new ArrayList<>(List.of("profiles:", "  ci:"));
        parents.forEach((parent, children) -> {
            boolean isNested = children.get(0).key.contains(".");
            if (isNested) {
                text.add("    " + parent + ":");
            }
            int first = text.size() + 1;
            for (Row child : children) {
                text.add((isNested ? "      " + child.key.substring(parent.length() + 1) : "    " + parent) + ": "
                        + child.yaml);
                // The options of exec have several keys; their problem is at the first key of exec.
                lines.put(child.setting, child.setting.equals("EXEC_OPTIONS") ? first : text.size());
            }
        });
        return String.join("\n", text) + "\n";
    }

    /** Returns true if the environment refuses these settings. */
    private boolean isRefusedByBoth(List<Row> rows) throws IOException {
        List<Problem> ofEnvironment =
                problems(new HashMap<>(rows.stream().collect(Collectors.toMap(Row::setting, Row::value))));
        Map<String, Integer> lines = new HashMap<>();
        String yaml = yaml(rows, lines);
        List<String> ofFile =
                problems(Map.of(
                                "POLICY",
                                Files.writeString(folder.resolve("policy.yaml"), yaml)
                                        .toString()))
                        .stream()
                        .map(problem -> problem.sentence().replace(folder + "/", ""))
                        .toList();

        if (ofFile.stream().anyMatch(sentence -> WITHOUT_KEY_BESIDE.stream().anyMatch(sentence::endsWith))) {
            return !ofEnvironment.isEmpty(); // a preset supplies the key in the environment only
        }
        assertThat(ofFile).as(yaml).hasSameSizeAs(ofEnvironment);
        assertThat(ofEnvironment)
                .allSatisfy(problem -> assertThat(ofFile)
                        .as(yaml)
                        .anyMatch(sentence -> sentence.startsWith("policy.yaml line " + lines.get(problem.name()) + " ")
                                && sentence.endsWith(": " + problem.advice().replace(SAFE_TOO, SAFE_IN_FILE))));
        return !ofEnvironment.isEmpty();
    }

    @Test
    void aPolicyFileRefusesThePairsThatTheEnvironmentRefuses() throws IOException {
        List<List<Row>> rows = rows();
        int alone = 0;
        int pairs = 0;
        for (int one = 0; one < rows.size(); one++) {
            alone += isRefusedByBoth(rows.get(one)) ? 1 : 0;
            for (int other = one + 1; other < rows.size(); other++) {
                List<Row> both = Stream.concat(rows.get(one).stream(), rows.get(other).stream())
                        .toList();
                boolean isPossible = both.stream().map(Row::setting).distinct().count() == both.size();
                pairs += isPossible && isRefusedByBoth(both) ? 1 : 0;
            }
        }
        assertThat(alone).isGreaterThan(10);
        assertThat(pairs).isGreaterThan(200);
    }

    @Test
    void eachValueOfAKeyIsValidForTheSchemaAndADifference() throws Exception {
        List<List<Row>> compared =
                rows().stream().filter(rows -> !rows.get(0).direction.isEmpty()).toList();
        for (List<Row> rows : compared) {
            String yaml = yaml(rows, new HashMap<>());
            PolicySettings empty = read("profiles: {ci: {}}\n");
            PolicySettings changed = read(yaml);
            List<ProfileChange> changes = ProfileChange.between(empty, changed, VARIABLES);

            assertThat(PolicySchemaTest.problems(yaml)).as(yaml).isEmpty();
            assertThat(changes).as(yaml).hasSizeLessThan(2);
            assertThat(changes.stream()
                            .map(change -> PolicyDirection.of(change, empty, changed))
                            .reduce(PolicyDirection.EQUAL, PolicyDirection::and)
                            .word())
                    .as(yaml)
                    .isEqualTo(rows.get(0).direction);
        }
        assertThat(compared.stream().map(rows -> rows.get(0).setting))
                .containsAll(Setting.keys().keySet().stream().map(Setting::name).toList());
    }

    private PolicySettings read(String yaml) throws Exception {
        Path file = Files.writeString(folder.resolve("policy.yaml"), yaml);
        return Settings.read(Map.of("POLICY", file.toString()), VARIABLES).policy();
    }

    @Test
    void eachSettingOfAProfileHasARow() throws IOException {
        Set<String> named =
                rows().stream().flatMap(List::stream).map(Row::setting).collect(Collectors.toSet());

        assertThat(named)
                .containsAll(Setting.ofPermissions().stream()
                        .filter(setting -> !WITHOUT_ROW.contains(setting))
                        .map(Setting::name)
                        .toList());
    }
}
