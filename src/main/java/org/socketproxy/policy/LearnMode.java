package org.socketproxy.policy;

import java.time.Duration;

/**
 * Whether, for a while, what the variables deny is let through and written down, so that people see what their clients
 * need. It ends by itself, and from then on the variables are enforced.
 *
 * <p>Security: only what some variable would allow is let through; what is never allowed, unknown, unreadable or comes from
 * a web page stays denied.
 *
 * <p>Threading: immutable.
 */
public final class LearnMode {
    private final long beginNanos = System.nanoTime();
    private final Duration length;

    private LearnMode(Duration length) {
        this.length = length;
    }

    /** No learning: the variables are enforced. */
    public static LearnMode off() {
        return new LearnMode(Duration.ZERO);
    }

    /** Learning that begins now. */
    public static LearnMode lasting(Duration length) {
        return new LearnMode(length);
    }

    /** What is left of it, or zero. */
    public Duration left() {
        Duration left = length.minusNanos(System.nanoTime() - beginNanos);
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
