package org.socketproxy.policy.advice;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.policy.Profile;

/** The danger of each advice of {@code advice.txt} is not above that of the question. */
class AdviceDangerTest extends AdviceRows {
    /** Kinds of rows that describe what is, and advise nothing. */
    private static final Set<String> FACTS = Set.of("risk", "danger");

    /** Notes and problems advise only this key, which narrows a profile. */
    private static final Set<String> NARROWING = Set.of("note", "problem");

    private static final Pattern OFFERED = Pattern.compile("\\(([A-Z_]+=[^ ]+) would");
    private static final Pattern KEY =
            Pattern.compile("\\b(variables|create|targets|allow): (?=[{\\[])|\\b([A-Z_]+): 1\\b");

    private record Advised(String kind, String settings, String advice) {
        boolean isOfFile() {
            return settings.startsWith(FILE);
        }

        /** Returns assignments, or the keys of a profile, without what belongs to the explanation. */
        List<String> offers() {
            if (kind.equals("name") || kind.equals("body")) {
                Matcher offered = isOfFile() ? null : OFFERED.matcher(advice);
                return offered == null ? keys(advice) : offered.find() ? List.of(offered.group(1)) : List.of();
            }
            String words = kind.equals("suggest")
                    ? Arrays.stream(advice.split("; "))
                            .map(part -> part.replaceFirst("#.*", ""))
                            .collect(Collectors.joining(" "))
                    : advice.replaceFirst("(?:; its body| \\().*", "");
            return isOfFile()
                    ? keys(words)
                    : ASSIGNMENT
                            .matcher(words)
                            .results()
                            .map(MatchResult::group)
                            .toList();
        }

        /** Returns texts such as {@code create: {rules: safe}}. */
        private static List<String> keys(String words) {
            List<String> keys = new ArrayList<>();
            Matcher key = KEY.matcher(words);
            int end = 0;
            while (key.find(end)) {
                end = key.end();
                if (key.group(1) == null) {
                    keys.add("variables: {" + key.group() + "}");
                    continue;
                }
                int depth = 0;
                do {
                    char next = words.charAt(end++);
                    depth += next == '{' || next == '[' ? 1 : next == '}' || next == ']' ? -1 : 0;
                } while (depth > 0);
                keys.add(words.substring(key.start(), end));
            }
            return keys;
        }
    }

    private static Advised advised(Arguments row) {
        Object[] cells = row.get();
        return new Advised((String) cells[0], (String) cells[1], (String) cells[3]);
    }

    static Stream<Arguments> offers() {
        return rows().filter(row -> !FACTS.contains(row.get()[0]) && !NARROWING.contains(row.get()[0]))
                .filter(row -> !advised(row).offers().isEmpty());
    }

    @Test
    void eachRowThatOffersSomethingIsCompared() {
        Set<List<Object>> compared =
                offers().map(row -> Arrays.asList(row.get())).collect(Collectors.toSet());
        Pattern setting = Pattern.compile("\\bset |\\bwould\\b|PRESET=|: 1\\b|\\badd ");

        assertThat(compared).hasSizeGreaterThan(40);
        assertThat(rows().map(row -> Arrays.asList(row.get()))
                        .filter(row -> !FACTS.contains(row.get(0)) && !compared.contains(row))
                        .filter(row -> setting.matcher((String) row.get(3)).find()))
                .allSatisfy(row -> {
                    assertThat(row.get(0)).isIn(NARROWING);
                    assertThat((String) row.get(3)).contains("add create: safe to this profile");
                });
    }

    /** The question is the request under the setting that prevents most. */
    @ParameterizedTest
    @MethodSource("offers")
    void adviceIsNoMoreDangerousThanTheQuestion(String kind, String settings, String asked, String advice)
            throws Exception {
        Advised row = new Advised(kind, settings, advice);
        List<Operation> operations = Arrays.stream(asked.split(" "))
                .flatMap(id -> CATALOGUE.byId(id).stream())
                .filter(operation -> !advice.contains("Nothing allows: " + operation.id())
                        && !advice.contains(
                                "Only a policy file can allow, beside the targets, by allow: [" + operation.id()))
                .toList();
        List<String> offers = new ArrayList<>(row.offers());
        List<Profile> ways = new ArrayList<>();
        if (kind.equals("name") || kind.equals("body")) {
            offers.addAll(ways(row, operations).get(0)); // the row asks about an allowed operation
        }
        Profile advised = profile(with(row, offers));
        for (List<String> way : ways(row, operations)) {
            for (String rule : row.isOfFile()
                    ? List.of("", "create: safe")
                    : List.of("", "CREATE=safe", "CREATE=safe CREATE_ALLOW=image-load", "MASK=tokens")) {
                if (!rule.startsWith("MASK") || !asked.equals("SwarmUnlockkey")) { // it would hide what is asked for
                    List<String> all = new ArrayList<>(way);
                    Arrays.stream(row.isOfFile() ? new String[] {rule} : rule.split(" "))
                            .filter(one -> !one.isEmpty())
                            .forEach(all::add);
                    ways.add(profileOrNull(with(row, all)));
                }
            }
        }

        assertThat(operations).isNotEmpty().allMatch(advised::allows);
        assertThat(severity(advised))
                .isLessThanOrEqualTo(ways.stream()
                        .filter(Objects::nonNull)
                        .filter(way -> operations.stream().allMatch(way::allows))
                        .mapToInt(AdviceRows::severity)
                        .min()
                        .orElseThrow());
    }

    private List<List<String>> ways(Advised row, List<Operation> operations) throws Exception {
        Profile profile = profile(row.settings);
        List<List<String>> ways = new ArrayList<>();
        for (String variables : variables(profile, operations)) {
            List<String> assignments = Arrays.stream(variables.split(" "))
                    .filter(one -> !one.isEmpty())
                    .toList();
            if (!row.isOfFile()) {
                ways.add(assignments);
                continue;
            }
            List<String> keys = new ArrayList<>();
            assignments.forEach(one -> keys.add("variables: {" + one.replace("=", ": ") + "}"));
            Profile widened = profile(with(row, keys));
            operations.stream()
                    .filter(operation -> !widened.allows(operation))
                    .forEach(operation -> keys.add("allow: [" + operation.id() + "]"));
            ways.add(keys);
        }
        return ways;
    }

    private static String with(Advised row, List<String> offers) {
        if (!row.isOfFile()) {
            return with(row.settings, String.join(" ", offers));
        }
        String policy = row.settings;
        for (String offer : offers) {
            policy = merged(policy, offer);
        }
        return policy;
    }

    /** Adds a key to the only profile, or its elements to those of the same key. */
    private static String merged(String policy, String key) {
        String name = key.substring(0, key.indexOf(' ') + 2);
        if (policy.contains("create: ") && key.startsWith("create: ")) {
            return policy;
        }
        if (!policy.contains(name)) {
            return policy.substring(0, policy.length() - 2) + ", " + key + "}}";
        }
        String elements = key.substring(name.length(), key.length() - 1);
        return policy.contains(elements) ? policy : policy.replace(name, name + elements + ", ");
    }
}
