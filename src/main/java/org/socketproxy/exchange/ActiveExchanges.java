package org.socketproxy.exchange;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that is under way: exchanges and tunnels. It looks at them a few times a second, so that those that last
 * are watched and those that are quick cost nothing, and it ends them when the program stops.
 */
public final class ActiveExchanges {
    /** Younger exchanges are not watched: a client that leaves is noticed within twice this. */
    private static final Duration SWEEP = Duration.ofMillis(250);

    /** What is cut has an end that other threads bring about, which takes a moment. */
    private static final Duration CUT = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(ActiveExchanges.class);

    private final Set<ActiveExchange> open = ConcurrentHashMap.newKeySet();
    private volatile boolean isStopping;

    public void begin(ActiveExchange begun) {
        open.add(begun);
        if (isStopping && begun.isEndless()) {
            begun.abort(stopping());
        }
    }

    public void end(ActiveExchange ended) {
        open.remove(ended);
    }

    /** How many exchanges and tunnels are under way. */
    public int size() {
        return open.size();
    }

    /**
     * Those that have lasted for some time, oldest first.
     *
     * @param least how long
     */
    public List<ExchangeSnapshot> lasting(Duration least) {
        long now = System.nanoTime();
        return open.stream()
                .filter(each -> each.ageNanos(now) >= least.toNanos())
                .map(ActiveExchange::snapshot)
                .sorted(Comparator.comparingLong(ExchangeSnapshot::id))
                .toList();
    }

    /** What is under way, by kind: exchanges that end by themselves, streams, tunnels. */
    public record Counts(int exchanges, int streams, int tunnels) {}

    /** How many of each kind are under way. */
    public Counts counts() {
        int tunnels = 0;
        int streams = 0;
        int exchanges = 0;
        for (ActiveExchange each : open) {
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

    public void sweepBy(Scheduler scheduler) {
        scheduler.schedule(() -> sweep(scheduler), SWEEP.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void sweep(Scheduler scheduler) {
        try {
            long now = System.nanoTime();
            for (ActiveExchange each : open) {
                if (each.ageNanos(now) > SWEEP.toNanos()) {
                    tryTo(ActiveExchange::detectDisconnect, each);
                }
            }
        } finally {
            sweepBy(scheduler);
        }
    }

    /** A failure must not keep the others from being looked after. */
    private static void tryTo(Consumer<ActiveExchange> action, ActiveExchange each) {
        try {
            action.accept(each);
        } catch (RuntimeException failed) {
            LOG.warn("Watching or ending an exchange failed", failed);
        }
    }

    /**
     * Ends what is endless at once, gives the rest some time, then ends that too, and lets it come to its end. An interrupt
     * ends the wait; the thread stays interrupted.
     *
     * @return how many were cut after that time
     */
    public int stop(Duration grace) {
        isStopping = true;
        open.stream().filter(ActiveExchange::isEndless).forEach(ActiveExchanges::abort);
        boolean isInterrupted = isInterruptedWithin(grace);
        int left = open.size();
        open.forEach(ActiveExchanges::abort);
        isInterrupted |= isInterruptedWithin(CUT);
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
        return left;
    }

    private static void abort(ActiveExchange each) {
        tryTo(open -> open.abort(stopping()), each);
    }

    /** Waits for the end of all, or an interrupt, and clears it. */
    private boolean isInterruptedWithin(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            while (!open.isEmpty() && System.nanoTime() < deadline) {
                Thread.sleep(10);
            }
            return false;
        } catch (InterruptedException hurried) {
            return true;
        }
    }

    private static EofException stopping() {
        return new EofException("The proxy stops");
    }
}
