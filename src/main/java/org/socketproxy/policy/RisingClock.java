package org.socketproxy.policy;

import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The system clock, except that it never goes back: after the system clock was set back, time goes on from the latest time seen, by the
 * monotonic clock.
 *
 * <p>Security: setting back the system clock does not extend a permission that ends at an instant.
 *
 * <p>Threading: thread-safe.
 */
public final class RisingClock implements InstantSource {
    private final InstantSource system;
    private final LongSupplier nanos;
    private Instant latest;
    private long latestNanos;

    public RisingClock() {
        this(InstantSource.system(), System::nanoTime);
    }

    /** @param nanos the monotonic clock */
    public RisingClock(InstantSource system, LongSupplier nanos) {
        this.system = system;
        this.nanos = nanos;
        this.latestNanos = nanos.getAsLong();
        this.latest = system.instant();
    }

    @Override
    public synchronized Instant instant() {
        long now = nanos.getAsLong();
        Instant time = system.instant();
        Instant risen = latest.plusNanos(now - latestNanos);
        if (time.isBefore(risen)) {
            return risen;
        }
        latest = time;
        latestNanos = now;
        return time;
    }
}
