package org.socketproxy.exchange;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.socketproxy.policy.RequestRate;

/**
 * Token bucket of the requests of one profile, as the time at which it is full again (GCRA).
 *
 * <p>Threading: thread-safe without a lock. A refused request changes nothing but its count.
 *
 * <p>Security: in any time {@code t} it admits at most the burst and the rate times {@code t}.
 */
final class RequestBucket {
    private final AtomicReference<Level> level;
    private final LongAdder refused = new LongAdder();

    /** @param fullNanos time of the clock at which the bucket is full */
    private record Level(RequestRate rate, long fullNanos) {
        long nanosToFull(long now) {
            return Math.max(0, fullNanos - now);
        }

        /** Returns the tokens that are missing; a part of one counts as one. */
        int used(long now) {
            long interval = rate.intervalNanos();
            return (int) Math.min(rate.burst(), (nanosToFull(now) + interval - 1) / interval);
        }

        /** Returns the level with another rate. As many tokens are missing as before, but not more than all. */
        Level with(RequestRate other, long now) {
            return other.equals(rate)
                    ? this
                    : new Level(other, now + Math.min(used(now), other.burst()) * other.intervalNanos());
        }

        /** Returns the time until there is a token, or 0. */
        long nanosToToken(long now) {
            return Math.max(0, nanosToFull(now) - (rate.burst() - 1) * rate.intervalNanos());
        }
    }

    /** Creates a full bucket. */
    RequestBucket(RequestRate rate, long now) {
        this.level = new AtomicReference<>(new Level(rate, now));
    }

    /**
     * Takes a token.
     *
     * @param rate that of the profile, which a reload changes
     * @param now nanoseconds of a clock like {@link System#nanoTime}
     * @return 0, or the nanoseconds until there is a token
     */
    long take(RequestRate rate, long now) {
        while (true) {
            Level before = level();
            Level current = before.with(rate, now);
            long wait = current.nanosToToken(now);
            Level after = wait > 0 ? current : new Level(rate, now + current.nanosToFull(now) + rate.intervalNanos());
            if (after.equals(before) || level.compareAndSet(before, after)) {
                if (wait > 0) {
                    refused.increment();
                }
                return wait;
            }
        }
    }

    /** Returns the missing tokens. */
    int used(long now) {
        return level().used(now);
    }

    private Level level() {
        return Objects.requireNonNull(level.get());
    }

    /** Returns the number of refused requests since the start. */
    long refused() {
        return refused.sum();
    }
}
