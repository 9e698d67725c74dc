package org.socketproxy.exchange;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.policy.Profiles;
import org.socketproxy.policy.Reason;

/**
 * Registry of the active exchanges and tunnels. A periodic sweep starts disconnect detection for exchanges that last,
 * so that short exchanges do not pay for it. A stop of the program ends all of them.
 *
 * <p>Threading: thread-safe.
 */
public final class ActiveExchanges {
    /** Interval of the sweep, and age at which detection starts: a disconnect is detected within twice this time. */
    private static final Duration SWEEP = Duration.ofMillis(250);

    /** Other threads complete an aborted exchange, which takes some time. */
    private static final Duration ABORT_TIMEOUT = Duration.ofSeconds(1);

    /** Time in which an accepted connection reaches its selector, and is counted. */
    private static final Duration OPENING = Duration.ofMillis(50);
    /** Time that a stop leaves a new connection for its first request. */
    private static final Duration FIRST_REQUEST = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(ActiveExchanges.class);

    private static final String NOT_ALLOWED = "The policy no longer allows this exchange";

    private final Set<ActiveExchange> open = ConcurrentHashMap.newKeySet();
    private volatile boolean isStopping;
    private volatile boolean isCutting;
    private volatile @Nullable Profiles latest;
    private volatile Supplier<@Nullable Duration> daemonTimeout = () -> null;

    /** Adds an exchange. During a stop an endless one is aborted at once, unless the endless ones may go on for some time. */
    public void begin(ActiveExchange begun) {
        open.add(begun);
        if (isCutting && begun.isEndless()) {
            begun.abort(stopping());
        }
        Profiles changed = latest;
        if (changed != null && !begun.isStillAllowed(changed)) {
            revoke(begun, NOT_ALLOWED);
        }
    }

    /** Sets the time in which the daemon must begin an answer; null is no limit. The function is called several times a second. */
    public void limitDaemon(Supplier<@Nullable Duration> limit) {
        daemonTimeout = limit;
    }

    /** Removes an exchange that has ended. */
    public void end(ActiveExchange ended) {
        open.remove(ended);
    }

    /** Returns the number of active exchanges and tunnels. */
    public int size() {
        return open.size();
    }

    /**
     * Returns the exchanges that have lasted for some time, oldest first.
     *
     * @param minAge lowest age
     */
    public List<ExchangeSnapshot> lasting(Duration minAge) {
        long now = System.nanoTime();
        return open.stream()
                .filter(each -> each.ageNanos(now) >= minAge.toNanos())
                .map(ActiveExchange::snapshot)
                .sorted(Comparator.comparingLong(ExchangeSnapshot::id))
                .toList();
    }

    /**
     * Aborts the streams, the tunnels and the requests with an incomplete body that the profiles no longer allow.
     *
     * @return the operation and the client of each of them
     */
    public List<String> revoke(Profiles profiles) {
        latest = profiles; // an exchange that was judged before the change may begin after this search
        List<String> ended = new ArrayList<>();
        for (ActiveExchange each : open) {
            if (!each.isStillAllowed(profiles)) {
                ExchangeSnapshot snapshot = each.snapshot();
                ended.add(snapshot.operation() + " of " + snapshot.client());
                tryTo(revoked -> revoke(revoked, NOT_ALLOWED), each);
            }
        }
        return ended;
    }

    /** Aborts the streams and tunnels of a profile, or all of its exchanges. */
    public void end(String profile, boolean isAll) {
        for (ActiveExchange each : open) {
            if ((isAll || each.isEndless()) && each.snapshot().profile().equals(profile)) {
                tryTo(ended -> revoke(ended, "The lease has ended"), each);
            }
        }
    }

    /** Number of active exchanges by kind: ordinary exchanges, endless streams, tunnels. */
    public record Counts(int exchanges, int streams, int tunnels) {
        public static final Counts NONE = new Counts(0, 0, 0);
    }

    /** Counts the exchanges of one profile. */
    public Counts counts(String profile) {
        return count(each -> each.snapshot().profile().equals(profile));
    }

    /** Counts the exchanges of each profile, in one pass. */
    public Map<String, Counts> countsByProfile() {
        return open.stream()
                .collect(Collectors.groupingBy(
                        each -> each.snapshot().profile(),
                        Collectors.collectingAndThen(Collectors.toList(), each -> count(each, any -> true))));
    }

    private Counts count(Predicate<ActiveExchange> isCounted) {
        return count(open, isCounted);
    }

    private static Counts count(Iterable<ActiveExchange> open, Predicate<ActiveExchange> isCounted) {
        int tunnels = 0;
        int streams = 0;
        int exchanges = 0;
        for (ActiveExchange each : open) {
            if (!isCounted.test(each)) {
                continue;
            }
            if (each.isTunnel()) {
                tunnels++;
            } else if (each.isEndless()) {
                streams++;
            } else {
                exchanges++;
            }
        }
        return new Counts(exchanges, streams, tunnels);
    }

    /** Starts the periodic sweep, which ends when the scheduler stops. */
    public void sweepBy(Scheduler scheduler) {
        scheduler.schedule(() -> sweep(scheduler), SWEEP.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void sweep(Scheduler scheduler) {
        try {
            sweep(System.nanoTime());
        } finally {
            sweepBy(scheduler);
        }
    }

    void sweep(long nowNanos) {
        Duration limit = daemonTimeout.get();
        for (ActiveExchange each : open) {
            if (limit != null) {
                tryTo(late -> late.limitDaemon(nowNanos, limit), each);
            }
            if (each.ageNanos(nowNanos) > SWEEP.toNanos()) {
                tryTo(ActiveExchange::detectDisconnect, each);
                if (each.isUploadTooSlow(nowNanos)) {
                    each.withhold(Reason.BODY_TIMEOUT);
                    tryTo(slow -> slow.abort(new EofException("The client sends its body too slowly")), each);
                }
            }
        }
    }

    /** Logs a failure, so that it does not prevent the action for the other exchanges. */
    private static void tryTo(Consumer<ActiveExchange> action, ActiveExchange each) {
        try {
            action.accept(each);
        } catch (RuntimeException failed) {
            LOG.warn("Cannot watch or abort an exchange", failed);
        }
    }

    /** Returns true from the begin of a stop. */
    public boolean isStopping() {
        return isStopping;
    }

    /**
     * Aborts endless exchanges after a time, which may be zero, and all further ones after a grace period that is at least as long;
     * waits until they have completed. Both times are read again and again, so that a reload can end the wait. An interrupt ends it
     * too; the interrupt flag stays set.
     *
     * @param isQuiet whether no connection is open; one can bring a first request
     * @return number of exchanges that were aborted after the grace period
     */
    public int stop(Supplier<Duration> grace, Supplier<Duration> drain, BooleanSupplier isQuiet) {
        isStopping = true;
        long begin = System.nanoTime();
        BooleanSupplier isOpened = () -> isOpened(System.nanoTime() - begin, isQuiet);
        boolean isInterrupted = isInterruptedBefore(begin, drain, isOpened);
        isCutting = true;
        open.stream().filter(ActiveExchange::isEndless).forEach(ActiveExchanges::abort);
        isInterrupted = isInterrupted || isInterruptedBefore(begin, grace, isOpened);
        int remaining = open.size();
        open.forEach(each -> {
            each.withhold(Reason.PROXY_STOPPED);
            abort(each);
        });
        isInterrupted |= isInterruptedBefore(System.nanoTime(), () -> ABORT_TIMEOUT, () -> true);
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
        return remaining;
    }

    private static void abort(ActiveExchange each) {
        tryTo(open -> open.abort(stopping()), each);
    }

    /** Returns true when a connection that was accepted before the stop has had the time for its first request. */
    private static boolean isOpened(long waitedNanos, BooleanSupplier isQuiet) {
        return waitedNanos > FIRST_REQUEST.toNanos() || waitedNanos > OPENING.toNanos() && isQuiet.getAsBoolean();
    }

    /** Waits until all exchanges have ended, and a condition is met. Returns true on an interrupt, and clears the interrupt flag. */
    private boolean isInterruptedBefore(long begin, Supplier<Duration> limit, BooleanSupplier isMet) {
        try {
            while (System.nanoTime() - begin < limit.get().toNanos()) {
                if (isMet.getAsBoolean() && open.isEmpty()) {
                    return false;
                }
                Thread.sleep(10);
            }
            return false;
        } catch (InterruptedException interrupted) {
            return true;
        }
    }

    private static void revoke(ActiveExchange each, String why) {
        each.withhold(Reason.REVOKED);
        each.abort(new EofException(why));
    }

    private static EofException stopping() {
        return new EofException("The proxy is stopping");
    }
}
