package org.socketproxy.policy;

import java.time.Duration;
import java.time.Instant;

/**
 * Learn mode: until it ends, the proxy forwards and records requests that the variables deny.
 *
 * <p>Security: forwards only requests that a variable could allow; those that are never allowed, unknown, malformed or from a web
 * page remain denied. The end is an instant and a duration of the monotonic clock: setting back the system clock or suspending the
 * machine does not extend it.
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

    public static LearnMode off() {
        return new LearnMode(Instant.EPOCH, Duration.ZERO);
    }

    /** Creates a learn mode with this end, which may be in the past. */
    public static LearnMode until(Instant end) {
        return new LearnMode(end, Duration.between(Instant.now(), end));
    }

    /** May be in the past. */
    public Instant end() {
        return end;
    }

    /** Returns zero after the end. */
    public Duration left() {
        Duration byClock = Duration.between(Instant.now(), end);
        Duration byTimer = length.minusNanos(System.nanoTime() - beginNanos);
        Duration left = byClock.compareTo(byTimer) < 0 ? byClock : byTimer;
        return left.isNegative() ? Duration.ZERO : left;
    }

    /** Returns true if it was on at its creation; it may have ended since. */
    public boolean hasBegun() {
        return !length.isZero() && !length.isNegative();
    }

    public boolean isOn() {
        return !left().isZero();
    }

    public boolean letsThrough(Decision denied) {
        return denied.reason() == Reason.VARIABLE_MISSING && isOn();
    }
}
