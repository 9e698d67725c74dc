package org.socketproxy.policy;

import java.time.Duration;
import java.time.Instant;

/**
 * Whether, for a while, what the variables deny is let through and written down, so that people see what their clients
 * need. It ends by itself, and from then on the variables are enforced.
 *
 * <p>Security: only what some variable would allow is let through; what is never allowed, unknown, unreadable or comes from
 * a web page stays denied. The end is an instant, and also a length of time: a system clock that is set back does not
 * extend it, and neither does a machine that was suspended.
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

    /** No learning: the variables are enforced. */
    public static LearnMode off() {
        return new LearnMode(Instant.EPOCH, Duration.ZERO);
    }

    /** Learning until an instant, which may be over. */
    public static LearnMode until(Instant end) {
        return new LearnMode(end, Duration.between(Instant.now(), end));
    }

    /** When it ends or has ended. */
    public Instant end() {
        return end;
    }

    /** The time that is left, or zero. */
    public Duration left() {
        Duration byClock = Duration.between(Instant.now(), end);
        Duration byTimer = length.minusNanos(System.nanoTime() - beginNanos);
        Duration left = byClock.compareTo(byTimer) < 0 ? byClock : byTimer;
        return left.isNegative() ? Duration.ZERO : left;
    }

    public boolean isOn() {
        return !left().isZero();
    }

    /** Whether a request goes through although it was denied. */
    public boolean letsThrough(Decision denied) {
        return denied.reason() == Reason.VARIABLE_MISSING && isOn();
    }
}
