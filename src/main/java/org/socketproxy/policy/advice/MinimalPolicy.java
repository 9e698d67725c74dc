package org.socketproxy.policy.advice;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;

/**
 * Smallest set of variables for the needed operations: with the fewest operations in total, then the fewest dangerous variables, then
 * the fewest variables. Found by branch and bound; an operation has at most three alternatives.
 *
 * @param needed the operations that need each variable, by variable in display order
 * @param opens number of operations that the set allows
 * @param never needed operations that neither a variable nor the key {@code allow} allows
 * @param byId needed operations that only the key {@code allow} allows
 */
public record MinimalPolicy(
        Map<String, List<Operation>> needed, int opens, List<Operation> never, List<Operation> byId) {

    public record Need(Operation operation, boolean isWrite) {}

    public MinimalPolicy {
        never = List.copyOf(never);
        byId = List.copyOf(byId);
    }

    MinimalPolicy with(List<Operation> onlyById, List<Operation> denied) {
        return onlyById.isEmpty() && denied.isEmpty()
                ? this
                : new MinimalPolicy(
                        needed,
                        opens,
                        Stream.concat(never.stream(), denied.stream())
                                .sorted(Comparator.comparing(Operation::id))
                                .toList(),
                        onlyById);
    }

    /**
     * Computes the set, which may be empty.
     *
     * @param policy supplies catalogue and compatibility; its variables have no effect
     */
    public static MinimalPolicy of(Policy policy, Variables variables, Set<Need> needs) {
        Search search = new Search(policy, variables, needs);
        Candidate least = search.find();
        return new MinimalPolicy(search.reasons(least), least.opens, search.never, List.of());
    }

    /** A variable to set, and the operations that need it; a default to switch off has none. */
    public record Assignment(Variable variable, boolean isOn, List<Operation> reasons) {
        /** Returns the operations and the danger, or the reason to switch it off. */
        String comment() {
            return isOn
                    ? ids(reasons) + (variable.danger() == null ? "" : "; DANGER: " + variable.danger())
                    : "on by default, and no client requested it";
        }
    }

    /** Returns the ids, separated by commas. */
    public static String ids(List<Operation> operations) {
        return operations.stream().map(Operation::id).collect(Collectors.joining(", "));
    }

    /** Returns the needed variables and the superfluous defaults, in display order. */
    public List<Assignment> assignments(Collection<Variable> variables, Predicate<Variable> isDefault) {
        return variables.stream()
                .filter(variable -> needed.containsKey(variable.name()) || isDefault.test(variable))
                .map(variable -> new Assignment(
                        variable, needed.containsKey(variable.name()), needed.getOrDefault(variable.name(), List.of())))
                .toList();
    }

    public Set<String> variables() {
        return needed.keySet();
    }

    private record Candidate(Set<String> on, int opens, long dangers) {
        static final Comparator<Candidate> SMALLEST = Comparator.comparingInt(Candidate::opens)
                .thenComparingLong(Candidate::dangers)
                .thenComparingInt(candidate -> candidate.on.size())
                .thenComparing(candidate -> new TreeSet<>(candidate.on).toString()); // makes the result deterministic
    }

    private static final class Search {
        private final Policy policy;
        private final Variables variables;
        private final Map<Need, List<Set<String>>> alternatives = new HashMap<>();
        private final List<Operation> never = new ArrayList<>();
        private final Set<Set<String>> seen = new HashSet<>();
        private @Nullable Candidate best;

        Search(Policy policy, Variables variables, Set<Need> needs) {
            this.policy = policy;
            this.variables = variables;
            Policy nothing = policy.withGranted(Set.of());
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
                throw new IllegalStateException("The search found no set of variables");
            }
            return best;
        }

        private void follow(Set<String> on) {
            if (!seen.add(on)) {
                return;
            }
            Candidate candidate = candidate(on);
            if (best != null && Candidate.SMALLEST.compare(best, candidate) <= 0) {
                return; // bound: more variables never allow fewer operations
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
            return new Candidate(on, policy.withGranted(on).opens(), dangers);
        }

        /** Returns the operations that are denied without each variable. */
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
