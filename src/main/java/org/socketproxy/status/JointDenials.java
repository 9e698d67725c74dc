package org.socketproxy.status;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Risk;
import org.socketproxy.status.ProxySetup.ProfileLink;
import org.socketproxy.status.StatusSource.StatusFacts;
import org.socketproxy.usage.Denial;
import org.socketproxy.usage.DenialGroup;

/**
 * A group of denials of several profiles with equal permissions, which the same lines would allow.
 *
 * @param profiles the facts of the profiles, the one with the newest denial first
 */
record JointDenials(List<StatusFacts> profiles, DenialGroup group) {
    JointDenials {
        profiles = List.copyOf(profiles);
    }

    /** Profiles with the same key have the same dangers and the same advice. */
    private record Key(
            List<String> ways,
            String reason,
            List<String> needs,
            boolean isRest,
            Set<String> granted,
            List<String> rules,
            Risk risk) {}

    private record Part(StatusFacts facts, DenialGroup group) {
        Key key() {
            ProfileLink link = facts.setup().link();
            return new Key(
                    group.alternatives().stream()
                            .map(Decision.Alternative::toString)
                            .toList(),
                    group.alternatives().isEmpty() ? group.reason() : "",
                    group.kinds(),
                    group.isRest(),
                    facts.setup().granted(),
                    link.rules(),
                    link.risk());
        }

        Instant newest() {
            return group.denials().get(0).time();
        }
    }

    /** Returns the groups of all profiles, that with the newest denial first. */
    static List<JointDenials> of(List<StatusFacts> all) {
        Map<Key, List<Part>> parts = new LinkedHashMap<>();
        all.stream()
                .flatMap(facts -> facts.denialGroups().stream().map(group -> new Part(facts, group)))
                .sorted(Comparator.comparing(Part::newest).reversed())
                .forEach(part -> parts.computeIfAbsent(part.key(), first -> new ArrayList<>())
                        .add(part));
        return parts.values().stream().map(JointDenials::joined).toList();
    }

    private static JointDenials joined(List<Part> parts) {
        DenialGroup first = parts.get(0).group;
        List<Denial> denials = parts.stream()
                .flatMap(part -> part.group.denials().stream())
                .sorted(Denial.NEWEST_FIRST)
                .toList();
        return new JointDenials(
                parts.stream().map(Part::facts).toList(),
                new DenialGroup(first.alternatives(), first.needs(), first.isRest(), denials));
    }

    DenialSection section(ShownApi api) {
        StatusFacts first = profiles.get(0);
        return DenialSection.of(group, first, api, Map.of())
                .of(profiles.stream().map(facts -> facts.setup().link().name()).toList());
    }
}
