package org.socketproxy.usage;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What happened up to a moment, as the {@link UsageLedger} counted it.
 *
 * @param since when the counting began
 * @param operations those that were asked for, by id; what is no operation at the end
 * @param variables those that allowed something, by name
 * @param clients by address; those that fell out of the bounded number, together, at the end
 * @param denials the last ones, newest first; at most 200
 */
public record Usage(
        Instant since,
        List<OperationUse> operations,
        List<VariableUse> variables,
        List<ClientUse> clients,
        List<Denial> denials) {

    /** Stands in the place of an address for all clients that are no longer told apart. */
    public static final String OTHERS = "others";

    public Usage {
        operations = List.copyOf(operations);
        variables = List.copyOf(variables);
        clients = List.copyOf(clients);
        denials = List.copyOf(denials);
    }

    /**
     * How often an operation was asked for, whoever asked.
     *
     * @param operation its id, or null for everything that is no operation
     * @param last when the last such exchange ended
     * @param outcomes those that occurred
     */
    public record OperationUse(@Nullable String operation, Instant last, List<Outcome> outcomes) {
        public OperationUse {
            outcomes = List.copyOf(outcomes);
        }

        public long allowed() {
            return count(true);
        }

        public long denied() {
            return count(false);
        }

        private long count(boolean isAllowed) {
            return outcomes.stream()
                    .filter(outcome -> outcome.isAllowed == isAllowed)
                    .mapToLong(Outcome::count)
                    .sum();
        }
    }

    /**
     * How often exchanges came out in one way.
     *
     * @param isAllowed what the policy said; a fault may have come all the same
     * @param statusClass first digit of the status, or 0 if none was sent
     */
    public record Outcome(boolean isAllowed, int statusClass, long count) {}

    /**
     * How often a variable was what allowed, alone or together with others.
     *
     * @param last when the last such exchange began
     */
    public record VariableUse(String variable, long count, Instant last) {}

    /**
     * What one client asked for.
     *
     * @param client its address, {@code unix}, or {@link #OTHERS}
     * @param last when its last exchange began, or was denied
     */
    public record ClientUse(String client, Instant last, List<Asked> asked) {
        public ClientUse {
            asked = List.copyOf(asked);
        }

        public boolean isOthers() {
            return client.equals(OTHERS);
        }
    }

    /**
     * How often a client asked for an operation.
     *
     * @param operation its id, or null for everything that is no operation
     * @param isWrite whether it was judged as a write, which a flag of the query may make of it
     * @param allowed how often the variables of the moment allowed it
     * @param denied how often they did not, whatever became of it then
     */
    public record Asked(@Nullable String operation, boolean isWrite, long allowed, long denied, Instant last) {}

    /** The denials by what would have allowed them, the group with the newest denial first. */
    public List<DenialGroup> denialGroups() {
        return DenialGroup.of(denials);
    }

    Usage withoutDenials() {
        return new Usage(since, operations, variables, clients, List.of());
    }

    /** Those of these variables that allowed nothing since the counting began, in alphabetical order. */
    public Set<String> unused(Set<String> granted) {
        Set<String> unused = new TreeSet<>(granted);
        variables.forEach(use -> unused.remove(use.variable));
        return unused;
    }

    static Instant instant(long millis) {
        return Instant.ofEpochMilli(millis);
    }
}
