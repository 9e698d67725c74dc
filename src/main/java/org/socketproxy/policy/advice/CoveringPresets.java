package org.socketproxy.policy.advice;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.Profile;
import org.socketproxy.usage.Usage;

/** Finds the narrowest preset for all requests of a denied client. */
public final class CoveringPresets {
    private final OperationCatalogue catalogue;
    private final List<Candidate> narrowestFirst;

    private record Candidate(String name, Policy policy, int opens) {}

    private CoveringPresets(OperationCatalogue catalogue, List<Candidate> narrowestFirst) {
        this.catalogue = catalogue;
        this.narrowestFirst = narrowestFirst;
    }

    /**
     * Creates the finder.
     *
     * @param profile supplies the compatibility
     * @param presets variables by preset
     */
    public static CoveringPresets of(OperationCatalogue catalogue, Profile profile, Map<String, Set<String>> presets) {
        return new CoveringPresets(
                catalogue,
                presets.entrySet().stream()
                        .map(preset -> {
                            Policy policy = profile.policy().withGranted(preset.getValue());
                            return new Candidate(preset.getKey(), policy, policy.opens());
                        })
                        .sorted(Comparator.comparingInt(Candidate::opens).thenComparing(Candidate::name))
                        .toList());
    }

    /** Returns the name of the preset; empty without a denial, or if no preset allows all operations. */
    public Optional<String> of(Usage.ClientUse client) {
        // Requests outside the catalogue do not count, because no variable allows them.
        List<Usage.ClientOperation> operations = client.operations().stream()
                .filter(it -> it.operation() != null)
                .toList();
        if (client.isOthers() || operations.stream().allMatch(it -> it.denied() == 0)) {
            return Optional.empty();
        }
        return narrowestFirst.stream()
                .filter(preset ->
                        operations.stream().allMatch(it -> isAllowed(preset.policy, it.operation(), it.isWrite())))
                .map(Candidate::name)
                .findFirst();
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
                && catalogue
                        .byId(id)
                        .map(operation -> policy.decide(operation, isWrite).isAllowed())
                        .orElse(false);
    }
}
