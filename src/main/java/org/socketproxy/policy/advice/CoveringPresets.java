package org.socketproxy.policy.advice;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.AssignmentForm;
import org.socketproxy.policy.Consequence;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Risk;
import org.socketproxy.policy.create.Violation.Remedy;
import org.socketproxy.usage.Usage;

/**
 * Finds the narrowest preset for all requests of a denied client, and the settings without which it gives root on the host. Offers no
 * preset with a danger that the smallest set of variables for these requests lacks, or that opens more than twice as many operations.
 */
public final class CoveringPresets {
    private static final int MOST_TIMES = 2;

    private final LeastPolicies least;
    private final Profile profile;
    private final List<Candidate> narrowestFirst;

    /** Rules with which an updater can create again the containers that it has removed. */
    private static final List<Remedy> OF_UPDATERS = List.of(
            new Remedy("CREATE", "safe", ""),
            new Remedy("CREATE_ALLOW", "recreate", ""),
            new Remedy("CREATE_IMAGES", "**", ""));

    /** A preset, and the settings that belong beside it. */
    public record Offer(String name, List<Remedy> settings) {
        /** Returns the assignments, such as {@code CREATE=safe and PRESET=testcontainers}. */
        public String words(AssignmentForm form) {
            return Stream.concat(form.words(settings).stream(), Stream.of(form.ofPreset(name)))
                    .collect(Collectors.joining(" and "));
        }
    }

    private record Candidate(String name, Policy policy, int opens) {}

    private CoveringPresets(LeastPolicies least, Profile profile, List<Candidate> narrowestFirst) {
        this.least = least;
        this.profile = profile;
        this.narrowestFirst = narrowestFirst;
    }

    /**
     * Creates the finder.
     *
     * @param profile supplies the compatibility, and the rules that stay beside a preset
     * @param presets variables by preset; of equally narrow ones the first is offered
     */
    public static CoveringPresets of(LeastPolicies least, Profile profile, Map<String, Set<String>> presets) {
        return new CoveringPresets(
                least,
                profile,
                presets.entrySet().stream()
                        .map(preset -> {
                            Policy policy = profile.policy().withGranted(preset.getValue());
                            return new Candidate(preset.getKey(), policy, policy.opens());
                        })
                        .sorted(Comparator.comparingInt(Candidate::opens))
                        .toList());
    }

    /** Returns the name of the preset; empty without a denial, or if no preset fits. */
    public Optional<Offer> of(Usage.ClientUse client) {
        // Requests outside the catalogue do not count, because no variable allows them.
        List<Usage.ClientOperation> operations = client.operations().stream()
                .filter(it -> it.operation() != null)
                .toList();
        if (client.isOthers() || operations.stream().allMatch(it -> it.denied() == 0)) {
            return Optional.empty();
        }
        return narrowestFirst.stream()
                .filter(preset -> operations.stream()
                        .filter(it -> !it.isOptional())
                        .allMatch(it -> isAllowed(preset.policy, it.operation(), it.isWrite())))
                .filter(preset -> isNoWorse(preset, least.of(profile, operations), operations))
                .map(preset -> new Offer(preset.name, settings(preset, operations)))
                .findFirst();
    }

    private boolean isNoWorse(Candidate preset, MinimalPolicy smallest, List<Usage.ClientOperation> operations) {
        return preset.opens <= MOST_TIMES * smallest.opens()
                && dangers(smallest.variables(), operations).containsAll(dangers(preset.policy.granted(), operations));
    }

    private Set<Consequence> dangers(Set<String> variables, List<Usage.ClientOperation> operations) {
        return Risk.consequences(least.safest(profile, variables, operations).profile(), least.catalogue());
    }

    private List<Remedy> settings(Candidate preset, List<Usage.ClientOperation> operations) {
        List<Remedy> settings =
                least.safest(profile, preset.policy.granted(), operations).settings();
        return settings.isEmpty() || !preset.name.equals(ProfileNotes.UPDATER.name()) ? settings : OF_UPDATERS;
    }

    /** Returns the presets of the clients with these names. */
    public Map<String, Offer> of(List<Usage.ClientUse> clients, Set<String> names) {
        Map<String, Offer> presets = new LinkedHashMap<>();
        clients.stream()
                .filter(client -> names.contains(client.client()))
                .forEach(client -> of(client).ifPresent(preset -> presets.put(client.client(), preset)));
        return presets;
    }

    private boolean isAllowed(Policy policy, @Nullable String id, boolean isWrite) {
        return id != null
                && least.catalogue()
                        .byId(id)
                        .map(operation -> switch (profile.remedies().way(operation, isWrite)) {
                            case VARIABLES -> policy.allows(operation, isWrite);
                            case GIVEN -> true;
                            case ID, NONE -> false;
                        })
                        .orElse(false);
    }
}
