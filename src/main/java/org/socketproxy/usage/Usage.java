package org.socketproxy.usage;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.create.Violation;

/**
 * Snapshot of the counts of the {@link UsageLedger}.
 *
 * @param variables variables that allowed requests, ordered by name
 * @param clients clients ordered by address; the common entry of evicted clients is last
 * @param denials the most recent denials, newest first, at most 200
 * @param remedies settings that would have allowed the denials of {@code CREATE=safe} since the start
 */
public record Usage(
        Instant since,
        List<OperationUse> operations,
        List<VariableUse> variables,
        List<ClientUse> clients,
        List<Denial> denials,
        List<Violation.Remedy> remedies) {
    /** Marks a component that may be null or absent in JSON. {@code @Nullable} is not on the class path of the program. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.RECORD_COMPONENT)
    public @interface MayBeNull {}

    /** Name of the common entry for all evicted clients. */
    public static final String OTHERS = "others";

    public Usage {
        operations = List.copyOf(operations);
        variables = List.copyOf(variables);
        clients = List.copyOf(clients);
        denials = List.copyOf(denials);
        remedies = List.copyOf(remedies);
    }

    public Usage(
            Instant since,
            List<OperationUse> operations,
            List<VariableUse> variables,
            List<ClientUse> clients,
            List<Denial> denials) {
        this(since, operations, variables, clients, denials, List.of());
    }

    /** Counts of an operation for all clients; its id is null for requests without an operation. */
    public record OperationUse(@MayBeNull @Nullable String operation, Instant last, List<Outcome> outcomes) {
        public OperationUse {
            outcomes = List.copyOf(outcomes);
        }

        public long allowed() {
            return count(true);
        }

        public long denied() {
            return count(false);
        }

        /** Returns the number of allowed requests that have failed. */
        public long failed() {
            return outcomes.stream()
                    .filter(outcome -> outcome.isAllowed && outcome.statusClass == Result.SERVER_ERROR / 100)
                    .mapToLong(Outcome::count)
                    .sum();
        }

        private long count(boolean isAllowed) {
            return outcomes.stream()
                    .filter(outcome -> outcome.isAllowed == isAllowed)
                    .mapToLong(Outcome::count)
                    .sum();
        }
    }

    /**
     * Number of exchanges with one outcome.
     *
     * @param isAllowed whether the policy allowed the requests, even if a fault occurred later
     * @param statusClass first digit of the status code, or 0 without a response
     * @param reason code of the decision's reason, or null in counts of an earlier version of the program
     */
    public record Outcome(
            boolean isAllowed,
            int statusClass,
            @MayBeNull @Nullable String reason,
            long count) {}

    public record VariableUse(String variable, long count, Instant last) {}

    /**
     * Counts of one client.
     *
     * @param client address of the client, {@code unix}, or {@link #OTHERS}
     * @param last begin or denial of the last exchange
     * @param failed number of allowed requests that have failed
     */
    public record ClientUse(String client, Instant first, Instant last, List<ClientOperation> operations, long failed) {
        public ClientUse {
            operations = List.copyOf(operations);
        }

        /** Returns the number of allowed requests that have not failed. */
        public long succeeded() {
            long allowed =
                    operations.stream().mapToLong(ClientOperation::allowed).sum();
            // The counts are not read at one instant.
            return Math.max(0, allowed - failed);
        }

        public boolean isOthers() {
            return client.equals(OTHERS);
        }
    }

    /**
     * Counts of one operation for one client.
     *
     * @param operation null for requests without an operation
     * @param isWrite whether the requests were writes, which may depend on a query flag
     * @param allowed includes requests that failed
     * @param denied includes requests that learn mode forwarded
     * @param wentOn time of the last denial, if another request of the client succeeded within a minute after it; null if it did not, or
     *     if the operation was allowed later
     */
    public record ClientOperation(
            @MayBeNull @Nullable String operation,
            boolean isWrite,
            long allowed,
            long denied,
            Instant last,
            @MayBeNull @Nullable Instant wentOn) {
        /** Returns true if the client goes on without the operation. */
        public boolean isOptional() {
            return wentOn != null;
        }
    }

    /**
     * Groups the recent denials, and older ones from the counts of the clients.
     *
     * @param profile decides which variables would allow the older ones
     */
    public List<DenialGroup> denialGroups(Profile profile, OperationCatalogue catalogue) {
        return DenialGroup.of(this, profile, catalogue);
    }

    /**
     * Returns the time of the last denial, if it is known. The counts, which survive a restart, have the time of the last
     * request: that of a denial if no request of this kind was allowed.
     */
    public Optional<Instant> lastDenial() {
        return Stream.concat(
                        denials.stream().map(Denial::time),
                        clients.stream()
                                .flatMap(client -> client.operations().stream())
                                .filter(use -> use.denied() > 0 && use.allowed() == 0)
                                .map(ClientOperation::last))
                .max(Comparator.naturalOrder());
    }

    public Usage withoutDenials() {
        return new Usage(since, operations, variables, clients, List.of());
    }

    /** Numbers of requests in a period by {@link Result}. */
    public record RequestCount(long allowed, long failed, long learned, long denied) {
        public static final RequestCount NONE = new RequestCount(0, 0, 0, 0);

        public static RequestCount sum(List<RequestCount> counts) {
            return counts.stream().reduce(NONE, RequestCount::plus);
        }

        /** Returns the numbers by the word of their result, such as {@code failed}. */
        public Map<String, Long> byWord() {
            Map<String, Long> words = new LinkedHashMap<>();
            words.put(Result.ALLOWED.word(), allowed);
            words.put(Result.FAILED.word(), failed);
            words.put(Result.LEARNED.word(), learned);
            words.put(Result.DENIED.word(), denied);
            return words;
        }

        private RequestCount plus(RequestCount other) {
            return new RequestCount(
                    allowed + other.allowed, failed + other.failed, learned + other.learned, denied + other.denied);
        }
    }
}
