package org.socketproxy.status;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.socketproxy.policy.Dangers;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Variable;
import org.socketproxy.usage.Denial;
import org.socketproxy.usage.DenialGroup;

/**
 * Denials that have the same cure, or none for the same reason.
 *
 * @param id tells it from the others on the page, and stays the same
 * @param cures what would allow them, narrowest first; empty if nothing would
 * @param why why nothing would, in words
 * @param note what one should know before one follows the cure, or empty
 * @param isCured whether the variables of now would allow them
 * @param asked what was asked for, the newest first
 * @param clients who asked, the newest first, and how often
 * @param newest when the last of them came
 * @param presets by preset that covers clients of these denials: those clients
 */
public record DenialSection(
        String id,
        List<Cure> cures,
        String why,
        String note,
        boolean isCured,
        List<Asked> asked,
        Map<String, Long> clients,
        int count,
        Instant newest,
        Map<String, List<String>> presets) {

    /**
     * One way to allow them.
     *
     * @param lines for the environment in a compose file
     * @param opens how many operations it would newly open
     * @param dangers what its variables make possible besides
     */
    public record Cure(List<String> lines, int opens, List<String> dangers) {
        /** To be copied. */
        public String text() {
            return String.join("\n", lines);
        }

        /** Without the hyphens, in one line. */
        public String words() {
            return lines.stream().map(line -> line.substring(2)).collect(Collectors.joining(" and "));
        }
    }

    /**
     * One thing that was asked for.
     *
     * @param operation its id, or empty for what is no operation
     * @param request method and path
     */
    public record Asked(String operation, String request, long count) {
        static Asked once(Denial denial) {
            String operation = denial.operation() == null ? "" : denial.operation();
            return new Asked(operation, denial.method() + " " + denial.path(), 1);
        }

        Asked times(long times) {
            return new Asked(operation, request, times);
        }
    }

    /** @param presets the preset that covers a client, by client */
    static List<DenialSection> of(
            List<DenialGroup> groups, Set<String> granted, List<Variable> variables, Map<String, String> presets) {
        return groups.stream()
                .map(group -> of(group, granted, variables, presets))
                .toList();
    }

    private static DenialSection of(
            DenialGroup group, Set<String> granted, List<Variable> variables, Map<String, String> presets) {
        List<Cure> cures = group.alternatives().stream()
                .map(alternative -> cure(alternative, granted, variables))
                .toList();
        String key = cures.isEmpty()
                ? group.reason()
                : cures.stream().map(Cure::words).collect(Collectors.joining("--"));
        return new DenialSection(
                "denied-" + key.replaceAll("[^A-Za-z0-9_-]+", "-"),
                cures,
                cures.isEmpty() ? DenialExplanation.of(group.reason()) : "",
                DenialExplanation.note(group, granted),
                group.alternatives().stream().anyMatch(alternative -> granted.containsAll(alternative.missing())),
                count(group.denials(), Asked::once).entrySet().stream()
                        .map(entry -> entry.getKey().times(entry.getValue()))
                        .toList(),
                count(group.denials(), Denial::client),
                group.denials().size(),
                group.denials().get(0).time(),
                group.clients().stream()
                        .filter(presets::containsKey)
                        .collect(Collectors.groupingBy(presets::get, LinkedHashMap::new, Collectors.toList())));
    }

    private static Cure cure(Decision.Alternative alternative, Set<String> granted, List<Variable> variables) {
        List<String> dangers = Dangers.added(variables, granted, Set.copyOf(alternative.missing()));
        return new Cure(alternative.missing().stream().map(DenialSection::line).toList(), alternative.opens(), dangers);
    }

    /** As it stands under {@code environment:} in a compose file. */
    static String line(String variable) {
        return "- " + variable + "=1";
    }

    /** In the order of the newest of each. */
    private static <K> Map<K, Long> count(List<Denial> denials, Function<Denial, K> what) {
        return denials.stream().collect(Collectors.groupingBy(what, LinkedHashMap::new, Collectors.counting()));
    }
}
