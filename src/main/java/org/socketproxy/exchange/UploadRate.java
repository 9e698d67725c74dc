package org.socketproxy.exchange;

import java.time.Duration;

/**
 * Rate of the bytes of a body while the proxy waits for the client. Time in which the daemon does not read does not count.
 *
 * <p>Threading: filled by one thread after the other; {@link #isTooLow} is called by one other thread.
 */
final class UploadRate {
    /** Long, because a client may send an archive while another program makes it. */
    private static final long WINDOW_NANOS = Duration.ofMinutes(5).toNanos();
    /** One KiB a second. */
    private static final long LEAST_BYTES = Duration.ofNanos(WINDOW_NANOS).toSeconds() * 1024;

    private volatile long bytes;
    private volatile long waitedNanos;
    private volatile long waitsSince;
    private volatile boolean isWaiting;
    private long bytesBefore;
    private long waitedBefore;

    void received(int count) {
        bytes = bytes + count;
    }

    void waits(long nowNanos) {
        waitsSince = nowNanos;
        isWaiting = true;
    }

    void goesOn(long nowNanos) {
        if (isWaiting) {
            isWaiting = false;
            waitedNanos = waitedNanos + nowNanos - waitsSince;
        }
    }

    /** Returns whether fewer than 300 KiB have come in the last five minutes of waiting. */
    boolean isTooLow(long nowNanos) {
        long waited = waitedNanos + (isWaiting ? nowNanos - waitsSince : 0);
        if (waited - waitedBefore < WINDOW_NANOS) {
            return false;
        }
        boolean isTooLow = bytes - bytesBefore < LEAST_BYTES;
        waitedBefore = waited;
        bytesBefore = bytes;
        return isTooLow;
    }
}
