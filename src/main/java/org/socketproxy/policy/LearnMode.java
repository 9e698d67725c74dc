package org.socketproxy.policy;

import java.time.Duration;
import java.time.Instant;

/**
 * Learn mode: until it ends, the proxy forwards and records requests that the variables deny, to find the variables
 * that clients need.
 *
 * <p>Security: it only forwards requests that a variable could allow; requests that are never allowed, unknown,
 * malformed or from a web page remain denied. The end is both an instant and a duration of the monotonic clock: setting
 * the system clock back does not extend it, and neither does suspending the machine.
 *
 * <p>Threading: immutable.
 */
public final class LearnMode {
    private final long beginNanos = System.nanoTime();
    private final Instant end;
    private final Duration length;

    private LearnMode(Instant end, Duration length) {
        this.end = end;
        this.length = length;
    }

    /** Creates a learn mode that is off. */
    public static LearnMode off() {
        return new LearnMode(Instant.EPOCH, Duration.ZERO);
    }

    /** Creates a learn mode that ends at this instant, which may be in the past. */
    public static LearnMode until(Instant end) {
        return new LearnMode(end, Duration.between(Instant.now(), end));
    }

    /** Returns the end, which may be in the past. */
    public Instant end() {
        return end;
    }

    /** Returns the remaining time, or zero after the end. */
    public Duration left() {
        Duration byClock = Duration.between(Instant.now(), end);
        Duration byTimer = length.minusNanos(System.nanoTime() - beginNanos);
        Duration left = byClock.compareTo(byTimer) < 0 ? byClock : byTimer;
        return left.isNegative() ? Duration.ZERO : left;
    }

    /** Returns whether it was on when it was made; it may have ended since. */
    public boolean hasBegun() {
        return !length.isZero() && !length.isNegative();
    }

    public boolean isOn() {
        return !left().isZero();
    }

    /** Returns true if the proxy forwards a request despite this denial. */
    public boolean letsThrough(Decision denied) {
        return denied.reason() == Reason.VARIABLE_MISSING && isOn();
    }
}
