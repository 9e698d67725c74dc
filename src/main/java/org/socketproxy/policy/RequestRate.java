package org.socketproxy.policy;

import java.time.Duration;
import java.util.Locale;

/**
 * Highest rate of the requests of all clients of a profile.
 *
 * @param requests allowed in each period, from 1 to {@link #MOST}
 * @param burst requests that may come at once after a pause, from 1 to {@link #MOST}
 */
public record RequestRate(int requests, Period period, int burst) {
    public static final int MOST = 1_000_000;

    /** Unit of a rate; its name in lower case is that of the policy file. */
    public enum Period {
        S(Duration.ofSeconds(1)),
        M(Duration.ofMinutes(1));

        private final Duration length;

        Period(Duration length) {
            this.length = length;
        }

        public Duration length() {
            return length;
        }
    }

    /** Returns the time between two requests, rounded up so that the rate is never exceeded. */
    public long intervalNanos() {
        return (period.length.toNanos() + requests - 1) / requests;
    }

    /** Returns true if every sequence of requests that this rate allows is allowed by the other one. */
    public boolean isWithin(RequestRate other) {
        return intervalNanos() >= other.intervalNanos() && burst <= other.burst;
    }

    /** Returns the value of the policy file, such as {@code 50/s}. */
    public String text() {
        return requests + "/" + period.name().toLowerCase(Locale.ROOT);
    }
}
