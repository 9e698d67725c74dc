package org.socketproxy.exchange;

import org.jspecify.annotations.Nullable;

/** Raw bytes in both directions after an upgrade. */
public interface Tunnel {
    /** Returns the number of bytes from the client since the upgrade. */
    long upstreamBytes();

    /** Returns the number of bytes from the daemon since the upgrade. */
    long downstreamBytes();

    /**
     * Closes both connections. Only the first call has an effect.
     *
     * @param cause null if both sides have ended
     */
    void close(@Nullable Throwable cause);
}
