package org.socketproxy.listener;

import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When a listener waits before it accepts the next connection: after a failure, such as without a free file descriptor, 10 ms to one
 * second, twice as long after each further one; and while the selectors are behind, so that the limits apply to a burst before all
 * descriptors are used. The log has the cause of a failure once a minute.
 *
 * <p>Threading: confined to the accepting thread.
 */
final class AcceptPause {
    private static final Logger LOG = LoggerFactory.getLogger(AcceptPause.class);
    private static final long SHORTEST_MILLIS = 10;
    private static final long LONGEST_MILLIS = 1000;
    private static final int MOST_AHEAD = 32;
    private static final long AHEAD_NANOS = 100_000;
    private static final long QUIET_NANOS = Duration.ofMinutes(1).toNanos();

    private final String address;
    /** The last accepted connections, a ring. */
    private final @Nullable SelectableChannel[] last = new SelectableChannel[MOST_AHEAD];

    private int next;
    private long nextMillis = SHORTEST_MILLIS;
    private long nextReport = System.nanoTime();

    AcceptPause(String address) {
        this.address = address;
    }

    void accepted(SelectableChannel channel) {
        nextMillis = SHORTEST_MILLIS;
        last[next] = channel;
        next = (next + 1) % MOST_AHEAD;
    }

    /** Returns true while a selector has not got to a connection after which many were accepted. */
    boolean isAhead() {
        SelectableChannel early = last[next];
        return early != null && early.isOpen() && !early.isRegistered();
    }

    /** Waits while a selector is behind. */
    void awaitSelectors(BooleanSupplier isRunning) {
        while (isAhead() && isRunning.getAsBoolean()) {
            LockSupport.parkNanos(AHEAD_NANOS);
        }
    }

    /** Pauses after a failure; returns false if an interrupt ends the pause. */
    boolean sleepAfter(IOException failed) {
        try {
            TimeUnit.MILLISECONDS.sleep(millisAfter(failed));
            return true;
        } catch (InterruptedException stopped) {
            return false;
        }
    }

    /** Returns the length of the pause after this failure. */
    long millisAfter(IOException failed) {
        if (System.nanoTime() - nextReport >= 0) {
            nextReport = System.nanoTime() + QUIET_NANOS;
            OptionalLong most = OpenFiles.most();
            OptionalLong open = OpenFiles.open();
            LOG.warn(
                    "{} accepts no connections for now: {} ({} open, at most {}). Close connections, or raise the limit of open files"
                            + " (LimitNOFILE of systemd, --ulimit nofile of Docker)",
                    address,
                    failed.getMessage(),
                    open.isPresent() ? open.getAsLong() : "all",
                    most.isPresent() ? most.getAsLong() : "unknown");
        }
        long pause = nextMillis;
        nextMillis = Math.min(2 * pause, LONGEST_MILLIS);
        return pause;
    }
}
