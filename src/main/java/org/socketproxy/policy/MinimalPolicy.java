package org.socketproxy.policy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;

/**
 * The smallest set of variables that allows what is needed: the one that opens the fewest operations; of equal ones that
 * with the fewest dangerous variables, then with the fewest at all.
 *
 * <p>It is searched for in full, which is quick, since an operation has two or three ways at most and a set that opens more
 * than the best known is not followed.
 *
 * @param needed by name of variable, in the order in which people see them: the operations that need it
 * @param opens how many operations it allows in all
 * @param never what no variable allows
 */
public record MinimalPolicy(Map<String, List<Operation>> needed, int opens, List<Operation> never) {

    /**
     * An operation that has to be allowed.
     *
     * @param isWrite whether it was asked for in a way that makes a write of it
     */
    public record Need(Operation operation, boolean isWrite) {}

    public MinimalPolicy {
        never = List.copyOf(never);
    }

    /** Finds it for these needs, of which there may be none. */
    public static MinimalPolicy of(
            OperationCatalogue catalogue, Variables variables, Compatibility compatibility, Set<Need> needs) {
        Search search = new Search(catalogue, variables, compatibility, needs);
        Candidate least = search.find();
        return new MinimalPolicy(search.reasons(least), least.opens, search.never);
    }

    /** Names of the variables. */
    public Set<String> variables() {
        return needed.keySet();
    }

    private record Candidate(Set<String> on, int opens, long dangers) {
        static final Comparator<Candidate> SMALLEST = Comparator.comparingInt(Candidate::opens)
                .thenComparingLong(Candidate::dangers)
                .thenComparingInt(candidate -> candidate.on.size())
                .thenComparing(
                        candidate -> new TreeSet<>(candidate.on).toString()); // so that it is always the same one
    }

    private static final class Search {
        private final OperationCatalogue catalogue;
        private final Variables variables;
        private final Compatibility compatibility;
        private final Map<Need, List<Set<String>>> alternatives = new HashMap<>();
        private final List<Operation> never = new ArrayList<>();
        private final Set<Set<String>> seen = new HashSet<>();
        private @Nullable Candidate best;

        Search(OperationCatalogue catalogue, Variables variables, Compatibility compatibility, Set<Need> needs) {
            this.catalogue = catalogue;
            this.variables = variables;
            this.compatibility = compatibility;
            Policy nothing = Policy.of(catalogue, Set.of(), compatibility);
            for (Need need : needs) {
                List<Set<String>> all = nothing.decide(need.operation, need.isWrite).alternatives().stream()
                        .map(alternative -> Set.copyOf(alternative.missing()))
                        .toList();
                if (all.isEmpty()) {
                    never.add(need.operation);
                } else {
                    alternatives.put(need, all);
                }
            }
            never.sort(Comparator.comparing(Operation::id));
        }

        Candidate find() {
            Set<String> forced = new HashSet<>();
            alternatives.values().stream().filter(all -> all.size() == 1).forEach(all -> forced.addAll(all.get(0)));
            follow(forced);
            if (best == null) {
                throw new IllegalStateException("A search that tries every alternative has found none");
            }
            return best;
        }

        private void follow(Set<String> on) {
            if (!seen.add(on)) {
                return;
            }
            Candidate candidate = candidate(on);
            if (best != null && Candidate.SMALLEST.compare(best, candidate) <= 0) {
                return; // whatever is added opens no less
            }
            List<Set<String>> open = alternatives.values().stream()
                    .filter(all -> all.stream().noneMatch(on::containsAll))
                    .min(Comparator.comparingInt(List::size))
                    .orElse(null);
            if (open == null) {
                best = candidate;
                return;
            }
            for (Set<String> alternative : open) {
                Set<String> more = new HashSet<>(on);
                more.addAll(alternative);
                follow(more);
            }
        }

        private Candidate candidate(Set<String> on) {
            long dangers = variables.all().stream()
                    .filter(variable -> variable.danger() != null && on.contains(variable.name()))
                    .count();
            return new Candidate(on, Policy.of(catalogue, on, compatibility).opens(), dangers);
        }

        /** Each variable with what is denied without it. */
        Map<String, List<Operation>> reasons(Candidate least) {
            Map<String, List<Operation>> reasons = new LinkedHashMap<>();
            for (Variable variable : variables.all()) {
                if (least.on.contains(variable.name())) {
                    Set<String> without = new HashSet<>(least.on);
                    without.remove(variable.name());
                    reasons.put(variable.name(), neededBy(without));
                }
            }
            return reasons;
        }

        private List<Operation> neededBy(Set<String> without) {
            return alternatives.entrySet().stream()
                    .filter(need -> need.getValue().stream().noneMatch(without::containsAll))
                    .map(need -> need.getKey().operation)
                    .distinct()
                    .sorted(Comparator.comparing(Operation::id))
                    .toList();
        }
    }
}
