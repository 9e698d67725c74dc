package org.socketproxy.policy.advice;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Remedies.Safe;
import org.socketproxy.policy.Remedies.Way;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.advice.MinimalPolicy.Need;
import org.socketproxy.usage.Usage;

/**
 * Finds the minimum variables of clients, and the variables that they have not used. Caches results, because an open status page asks
 * every second.
 *
 * <p>Threading: thread-safe.
 */
public final class LeastPolicies {
    private static final int CAPACITY = 300;

    private final OperationCatalogue catalogue;
    private final Variables variables;
    private final Map<Key, MinimalPolicy> known = new ConcurrentHashMap<>();

    public LeastPolicies(OperationCatalogue catalogue, Variables variables) {
        this.catalogue = catalogue;
        this.variables = variables;
    }

    private record Key(Policy policy, Set<Need> needs) {}

    public OperationCatalogue catalogue() {
        return catalogue;
    }

    public Variables variables() {
        return variables;
    }

    /** Returns the minimum for these operations without optional ones; ignores operations outside of the catalogue. */
    public MinimalPolicy of(Profile profile, Collection<Usage.ClientOperation> operations) {
        return of(
                profile,
                needs(operations.stream().filter(each -> !each.isOptional()).toList()));
    }

    /** Returns the variables that only optional operations need, with these operations. */
    public Map<String, List<Operation>> optional(Profile profile, Collection<Usage.ClientOperation> operations) {
        Map<String, List<Operation>> needed =
                new LinkedHashMap<>(of(profile, needs(operations)).needed());
        needed.keySet().removeAll(of(profile, operations).variables());
        return needed;
    }

    /** Variables are only for operations that they can allow beside the other rules of the profile. */
    private MinimalPolicy of(Profile profile, Set<Need> needs) {
        Map<Way, Set<Need>> byWay = needs.stream()
                .collect(Collectors.groupingBy(
                        need -> profile.remedies().way(need.operation(), need.isWrite()), Collectors.toSet()));
        return of(profile.policy(), byWay.getOrDefault(Way.VARIABLES, Set.of()))
                .with(operations(byWay.get(Way.ID)), operations(byWay.get(Way.NONE)));
    }

    private static List<Operation> operations(@Nullable Set<Need> needs) {
        return needs == null
                ? List.of()
                : needs.stream()
                        .map(Need::operation)
                        .distinct()
                        .sorted(Comparator.comparing(Operation::id))
                        .toList();
    }

    private MinimalPolicy of(Policy policy, Set<Need> needs) {
        Key key = new Key(policy, needs);
        MinimalPolicy recent = known.get(key);
        if (recent != null) {
            return recent;
        }
        if (known.size() >= CAPACITY) {
            known.clear();
        }
        MinimalPolicy least = MinimalPolicy.of(policy, variables, key.needs);
        known.put(key, least);
        return least;
    }

    /** Returns the variables that are on and that allow none of these operations. */
    public Set<String> unused(Policy policy, Collection<Usage.ClientOperation> operations) {
        Set<String> unused = new TreeSet<>(policy.granted());
        needs(operations)
                .forEach(need -> unused.removeAll(
                        policy.decide(need.operation(), need.isWrite()).by()));
        return unused;
    }

    /** Returns the profile with these variables, and with the settings without which they give root on the host. */
    public Safe safest(Profile profile, Set<String> variables, Collection<Usage.ClientOperation> operations) {
        return profile.remedies()
                .safest(
                        variables,
                        needs(operations).stream()
                                .map(Need::operation)
                                .distinct()
                                .toList());
    }

    private Set<Need> needs(Collection<Usage.ClientOperation> operations) {
        Set<Need> needs = new HashSet<>();
        operations.stream()
                .filter(each -> each.operation() != null)
                .forEach(each -> catalogue
                        .byId(Objects.requireNonNull(each.operation()))
                        .ifPresent(operation -> needs.add(new Need(operation, each.isWrite()))));
        return needs;
    }
}
