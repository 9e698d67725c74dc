package org.socketproxy.exchange;

import java.time.Duration;

/**
 * Rate of the bytes of a body while the proxy waits for the client. Time in which the daemon does not read does not count.
 *
 * <p>Threading: thread-safe.
 */
final class UploadRate {
    /** Long, because a client may send an archive while another program makes it. */
    private static final long WINDOW_NANOS = Duration.ofMinutes(5).toNanos();
    /** One KiB a second. */
    private static final long LEAST_BYTES = Duration.ofNanos(WINDOW_NANOS).toSeconds() * 1024;

    private long bytes;
    private long waitedNanos;
    private long waitsSince;
    private boolean isWaiting;
    private long bytesBefore;
    private long waitedBefore;

    synchronized void received(int count) {
        bytes += count;
    }

    synchronized void waits(long nowNanos) {
        waitsSince = nowNanos;
        isWaiting = true;
    }

    synchronized void goesOn(long nowNanos) {
        if (isWaiting) {
            isWaiting = false;
            waitedNanos += nowNanos - waitsSince;
        }
    }

    /** Returns whether fewer than 300 KiB have come in the last five minutes of waiting. */
    synchronized boolean isTooLow(long nowNanos) {
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
