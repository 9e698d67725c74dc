package org.socketproxy.inquiry;

import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.policy.Totals;
import org.socketproxy.policy.Totals.Total;
import org.socketproxy.policy.create.Demand;
import org.socketproxy.policy.create.Resources;
import org.socketproxy.policy.scope.Scope;

/**
 * The objects of one profile: their last count, and the demands of requests that this count can lack.
 *
 * <p>Threading: safe for any number of threads; never blocks.
 *
 * <p>Security: a demand counts from before its request is forwarded until a count that has begun after its end. It may count twice
 * meanwhile, never less than once.
 */
public final class ProfileUse {
    /** Open demands, and those that ended after the last count; a further one needs a count, or waits. */
    private static final int MOST = 1000;
    /** A daemon can be at work for this time after its client or the proxy left. */
    private static final long UNKNOWN_NANOS = Duration.ofSeconds(30).toNanos();
    /** Other clients can create objects with the label of the profile. */
    private static final long COUNT_NANOS = Duration.ofMinutes(1).toNanos();
    /** Requests that are denied one after the other do not inspect all containers again and again. */
    private static final long INSPECTED_NANOS = Duration.ofSeconds(10).toNanos();

    private final DaemonQuery daemon;
    private final LongSupplier nanoTime;
    private final Set<Reservation> reservations = new LinkedHashSet<>();
    private @Nullable ObjectCount count;
    private @Nullable Counting counting;
    private @Nullable Counting next;
    private CompletableFuture<Void> change = new CompletableFuture<>();

    /** @param problem empty after success */
    private record Counting(Scope scope, Totals totals, CompletableFuture<String> problem) {}

    /** Outcome of a request that had a reservation. */
    public enum Outcome {
        /** The daemon has done what the request asks for. */
        DONE,
        /** The daemon got the request, and its answer is missing or an error of its own. */
        UNKNOWN,
        /** The daemon did not get the request, or has refused it. */
        REFUSED
    }

    /** Demand of one request; equal to no other. */
    public static final class Reservation {
        private Demand demand;
        private @Nullable Outcome outcome;
        private long endNanos;

        public Reservation(Demand demand) {
            this.demand = demand;
        }

        Demand demand() {
            return demand;
        }
    }

    /** The event that can make room for a demand. */
    public enum Remedy {
        /** A count that begins now. */
        COUNT,
        /** The end of another request of the profile. */
        WAIT,
        NOTHING
    }

    /**
     * A total that a demand would exceed.
     *
     * @param total null if it is not known whether the demand exceeds one
     * @param used without the demand
     */
    public record Full(@Nullable Total total, long used, long asked, Remedy remedy) {}

    /** @param nanoTime clock like {@link System#nanoTime} */
    ProfileUse(DaemonQuery daemon, LongSupplier nanoTime) {
        this.daemon = daemon;
        this.nanoTime = nanoTime;
    }

    synchronized boolean isIdle() {
        return counting == null && reservations.stream().allMatch(each -> each.outcome == Outcome.DONE);
    }

    /**
     * Counts a demand from now on, if the totals have room for it and its request has not ended.
     *
     * @return null, or the exceeded total
     */
    public synchronized @Nullable Full reserve(Scope scope, Totals totals, Reservation added) {
        ObjectCount counted = count;
        if (counted == null || !counted.isFor(scope, totals) || nanoTime.getAsLong() - counted.nanos() > COUNT_NANOS) {
            return new Full(null, 0, 0, Remedy.COUNT);
        }
        if (added.outcome != null) {
            return null;
        }
        if (reservations.size() >= MOST) {
            return new Full(null, 0, 0, remedy());
        }
        Map<Total, Long> before = sums(counted, reservations);
        Set<Reservation> all = new LinkedHashSet<>(reservations);
        all.add(added);
        Map<Total, Long> after = sums(counted, all);
        Map<Total, Long> alone = sums(counted, Set.of(added));
        for (Map.Entry<Total, Long> limit : totals.highest().entrySet()) {
            Total total = limit.getKey();
            long used = before.getOrDefault(total, 0L);
            long sum = after.getOrDefault(total, 0L);
            long asked = total.isOfResources() && used == Resources.UNLIMITED
                    ? total.of(added.demand.resources())
                    : sum - used;
            if (asked > 0 && sum > limit.getValue()) {
                boolean isCertain = alone.getOrDefault(total, 0L) > limit.getValue();
                return new Full(total, used, asked, isCertain ? Remedy.NOTHING : remedy());
            }
        }
        reservations.add(added);
        return null;
    }

    private Remedy remedy() {
        boolean isOpen = false;
        for (Reservation each : reservations) {
            if (isCountable(each)) {
                return Remedy.COUNT;
            }
            isOpen |= each.outcome == null;
        }
        return isOpen ? Remedy.WAIT : Remedy.NOTHING;
    }

    /** Returns true if a count that begins now has all that the request has done. */
    private boolean isCountable(Reservation each) {
        return each.outcome == Outcome.DONE
                || each.outcome == Outcome.UNKNOWN && nanoTime.getAsLong() - each.endNanos >= UNKNOWN_NANOS;
    }

    private static Map<Total, Long> sums(ObjectCount counted, Set<Reservation> added) {
        Resources resources = counted.sum();
        long containers = counted.containers().size();
        long networks = counted.networks();
        long unnamed = 0;
        Set<String> volumes = new HashSet<>(counted.volumes());
        Map<String, Resources> updates = new HashMap<>();
        for (Reservation each : added) {
            Demand demand = each.demand;
            containers += demand.containers();
            networks += demand.networks();
            unnamed += demand.unnamedVolumes();
            volumes.addAll(demand.volumes());
            if (demand.updated().isEmpty()) {
                resources = resources.plus(demand.resources());
            } else {
                updates.merge(demand.updated(), demand.resources(), Resources::max);
            }
        }
        for (Map.Entry<String, Resources> update : updates.entrySet()) {
            Resources known = counted.containers().getOrDefault(update.getKey(), Resources.NONE);
            resources = resources.plus(update.getValue().above(known));
        }
        Map<Total, Long> sums = new EnumMap<>(Total.class);
        for (Total total : Total.values()) {
            sums.put(
                    total,
                    switch (total) {
                        case CONTAINERS -> containers;
                        case NETWORKS -> networks;
                        case VOLUMES -> volumes.size() + unnamed;
                        default -> total.of(resources);
                    });
        }
        return sums;
    }

    /** Ends the request of a reservation; later calls have no effect. */
    public void end(Reservation ended, Outcome outcome) {
        CompletableFuture<Void> changed;
        synchronized (this) {
            if (ended.outcome != null) {
                return;
            }
            ended.outcome = outcome;
            ended.endNanos = nanoTime.getAsLong();
            if (outcome == Outcome.REFUSED && reservations.contains(ended)) {
                ended.demand = ended.demand.ofVolumes();
                ended.outcome = Outcome.DONE;
                if (ended.demand.isEmpty()) {
                    reservations.remove(ended);
                }
            }
            changed = change;
            change = new CompletableFuture<>();
        }
        changed.complete(null);
    }

    /** Returns a future that completes when a request of the profile ends; its cancellation has no effect on others. */
    public synchronized CompletableFuture<Void> change() {
        return change.copy();
    }

    /**
     * Counts the objects of the profile, by a count that begins after this call. At most one is under way.
     *
     * @return the problem, or an empty text; a cancellation has no effect on others
     */
    public CompletableFuture<String> recount(Scope scope, Totals totals) {
        Counting wanted;
        synchronized (this) {
            if (counting != null) {
                wanted = next == null ? new Counting(scope, totals, new CompletableFuture<>()) : next;
                next = wanted;
                return wanted.problem.copy();
            }
            wanted = new Counting(scope, totals, new CompletableFuture<>());
            counting = wanted;
        }
        begin(wanted);
        return wanted.problem.copy();
    }

    private void begin(Counting begun) {
        Set<Reservation> ended = new HashSet<>();
        Map<String, Resources> known;
        long inspectedNanos;
        synchronized (this) {
            reservations.stream().filter(this::isCountable).forEach(ended::add);
            known = known(begun);
            inspectedNanos = known.isEmpty() || count == null ? nanoTime.getAsLong() : count.inspectedNanos();
        }
        var unused = new ObjectCounter(daemon, begun.scope, begun.totals, known, inspectedNanos)
                .count()
                .whenComplete((counted, failure) -> {
                    Counting following;
                    synchronized (this) {
                        if (counted != null) {
                            count = counted.at(nanoTime.getAsLong());
                            reservations.removeAll(ended);
                        }
                        following = next;
                        counting = following;
                        next = null;
                    }
                    if (following != null) {
                        begin(following);
                    }
                    begun.problem.complete(failure == null ? "" : ObjectCounter.problem(failure));
                });
    }

    /** Returns the limits of containers that no request of the profile may have changed since they were inspected. */
    private Map<String, Resources> known(Counting begun) {
        ObjectCount counted = count;
        if (counted == null
                || !counted.isFor(begun.scope, begun.totals)
                || nanoTime.getAsLong() - counted.inspectedNanos() > INSPECTED_NANOS) {
            return Map.of();
        }
        Map<String, Resources> known = new HashMap<>(counted.containers());
        reservations.forEach(each -> known.remove(each.demand.updated()));
        return known;
    }
}
