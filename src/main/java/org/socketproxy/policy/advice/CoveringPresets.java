package org.socketproxy.policy.advice;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.advice.Consequence.Gain;
import org.socketproxy.usage.Usage;

/**
 * Finds the narrowest preset for all requests of a denied client. Offers no preset that is more dangerous than the smallest set of
 * variables for these requests, or that opens more than twice as many operations.
 */
public final class CoveringPresets {
    private static final int MOST_TIMES = 2;

    private final LeastPolicies least;
    private final Profile profile;
    private final List<Candidate> narrowestFirst;

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
    public Optional<String> of(Usage.ClientUse client) {
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
                .filter(preset -> isNoWorse(preset, least.of(profile.policy(), operations)))
                .map(Candidate::name)
                .findFirst();
    }

    private boolean isNoWorse(Candidate preset, MinimalPolicy smallest) {
        return preset.opens <= MOST_TIMES * smallest.opens()
                && severity(preset.policy.granted()) <= severity(smallest.variables());
    }

    /** Returns a number that is higher for a worse gain. */
    @SuppressWarnings("EnumOrdinal") // the gains are declared from the worst one
    private int severity(Set<String> variables) {
        Gain worst =
                Risk.enforced(profile.granting(variables), least.catalogue()).worst();
        return worst == null ? 0 : Gain.values().length - worst.ordinal();
    }

    /** Returns the presets of the clients with these names. */
    public Map<String, String> of(List<Usage.ClientUse> clients, Set<String> names) {
        Map<String, String> presets = new LinkedHashMap<>();
        clients.stream()
                .filter(client -> names.contains(client.client()))
                .forEach(client -> of(client).ifPresent(preset -> presets.put(client.client(), preset)));
        return presets;
    }

    private boolean isAllowed(Policy policy, @Nullable String id, boolean isWrite) {
        return id != null
                && least.catalogue()
                        .byId(id)
                        .map(operation -> policy.allows(operation, isWrite))
                        .orElse(false);
    }
}
