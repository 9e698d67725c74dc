package org.socketproxy.exchange;

import org.jspecify.annotations.Nullable;

/** The raw bytes that an exchange carries after an upgrade, in both directions. */
public interface Tunnel {
    /** Bytes from the client, since the upgrade. */
    long upstreamBytes();

    /** Bytes from the daemon, since the upgrade. */
    long downstreamBytes();

    /**
     * Closes both connections. Only the first call has an effect.
     *
     * @param cause null if both sides have ended
     */
    void close(@Nullable Throwable cause);
}
