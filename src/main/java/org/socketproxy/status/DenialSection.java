package org.socketproxy.status;

import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.DangerLevel;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.Variables;
import org.socketproxy.usage.Denial;
import org.socketproxy.usage.DenialGroup;

/**
 * Denials that the same variables would allow, or that have the same reason and cannot be allowed.
 *
 * @param id stable HTML id
 * @param alternatives alternatives that would allow them, narrowest first; empty if no variable would
 * @param why explanation if no variable would allow them, else empty
 * @param note hint to read before following an alternative, or empty
 * @param isAllowedNow whether the current variables allow them
 * @param clients number of denials by client, newest first
 * @param presets clients of these denials by the preset that covers all their requests
 */
public record DenialSection(
        String id,
        List<Alternative> alternatives,
        String why,
        String note,
        boolean isAllowedNow,
        List<DeniedRequest> requests,
        Map<String, Long> clients,
        int count,
        Instant newest,
        Map<String, List<String>> presets) {

    /**
     * Variables that would allow the denied requests.
     *
     * @param lines lines to copy, such as {@code - IMAGES=1}
     * @param words the assignments in one line, without the syntax of a list
     * @param opens number of operations of the shown API that it would allow in addition
     * @param level gain of a hostile client by them, or null
     */
    public record Alternative(
            List<String> lines,
            String words,
            int opens,
            @Nullable DangerLevel level,
            List<String> dangers) {
        public String text() {
            return String.join("\n", lines);
        }
    }

    /**
     * A denied request.
     *
     * @param operation id of the operation, or empty for an unknown operation
     * @param isTemplate whether the path is a template, because only the ledger, which keeps no path, has the denial
     */
    public record DeniedRequest(String operation, String request, boolean isTemplate, long count) {
        static DeniedRequest once(Denial denial) {
            String operation = denial.operation() == null ? "" : denial.operation();
            return new DeniedRequest(operation, denial.method() + " " + denial.path(), denial.isCounted(), 1);
        }

        DeniedRequest times(long times) {
            return new DeniedRequest(operation, request, isTemplate, times);
        }
    }

    /** @param presets for each client the preset that covers its requests */
    static List<DenialSection> of(
            List<DenialGroup> groups, StatusFacts facts, ShownApi api, Map<String, String> presets) {
        return groups.stream().map(group -> of(group, facts, api, presets)).toList();
    }

    private static DenialSection of(DenialGroup group, StatusFacts facts, ShownApi api, Map<String, String> presets) {
        ProxySetup setup = facts.setup();
        Set<String> granted = setup.granted();
        List<Alternative> alternatives = group.alternatives().stream()
                .map(alternative -> toAlternative(alternative, facts, api))
                .toList();
        String key = alternatives.isEmpty()
                ? group.reason()
                : alternatives.stream().map(Alternative::words).collect(Collectors.joining("--"));
        return new DenialSection(
                "denied-" + key.replaceAll("[^A-Za-z0-9_-]+", "-"),
                alternatives,
                alternatives.isEmpty() ? DenialExplanation.of(group.reason()) : "",
                DenialExplanation.note(group, granted),
                group.alternatives().stream().anyMatch(alternative -> granted.containsAll(alternative.missing())),
                count(group.denials(), DeniedRequest::once).entrySet().stream()
                        .map(entry -> entry.getKey().times(entry.getValue()))
                        .toList(),
                count(group.denials(), Denial::client),
                (int) group.denials().stream().mapToLong(Denial::times).sum(),
                group.denials().get(0).time(),
                group.clients().stream()
                        .filter(presets::containsKey)
                        .collect(Collectors.groupingBy(presets::get, LinkedHashMap::new, Collectors.toList())));
    }

    private static Alternative toAlternative(Decision.Alternative alternative, StatusFacts facts, ShownApi api) {
        ProxySetup setup = facts.setup();
        Policy policy = setup.profile().policy();
        Set<String> missing = Set.copyOf(alternative.missing());
        Set<String> widened = new HashSet<>(setup.granted());
        widened.addAll(missing);
        DangerLevel worst =
                DangerLevel.of(missing, setup.profile(), facts.least().catalogue());
        List<String> dangers = Variables.addedDangers(setup.variables(), setup.granted(), missing);
        return new Alternative(
                alternative.missing().stream()
                        .map(variable -> setup.form().line(variable, true))
                        .toList(),
                alternative.missing().stream()
                        .map(variable -> setup.form().words(variable, true))
                        .collect(Collectors.joining(" and ")),
                policy.withGranted(widened).opens(api.operations())
                        - policy.withGranted(setup.granted()).opens(api.operations()),
                worst == null && !dangers.isEmpty() ? DangerLevel.LOW : worst,
                dangers);
    }

    /** Counts denials by key, in the order of the newest denial of each key. */
    private static <K> Map<K, Long> count(List<Denial> denials, Function<Denial, K> key) {
        return denials.stream()
                .collect(Collectors.groupingBy(key, LinkedHashMap::new, Collectors.summingLong(Denial::times)));
    }
}
