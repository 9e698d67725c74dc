package org.socketproxy.config;

import java.time.Duration;

/**
 * Resource limits for clients.
 *
 * @param maxConnections maximum number of connections of all clients to all listeners
 * @param maxConnectionsPerClient maximum number of connections of one client address or Unix user
 * @param maxHeaderBytes maximum number of bytes of request line and headers together
 * @param headerTimeout maximum time to receive a request head, from the start of the connection or from the first byte
 *     of a later request
 * @param isConfigurable whether the limits come from settings, so that a message may name the setting
 */
public record Limits(
        int maxConnections,
        int maxConnectionsPerClient,
        int maxHeaderBytes,
        Duration headerTimeout,
        boolean isConfigurable) {
    private static final int STATUS_PAGE_CONNECTIONS = 64;
    private static final int STATUS_PAGE_HEADER_BYTES = 8 * 1024;

    /** Creates limits from settings. */
    public Limits(int maxConnections, int maxConnectionsPerClient, int maxHeaderBytes, Duration headerTimeout) {
        this(maxConnections, maxConnectionsPerClient, maxHeaderBytes, headerTimeout, true);
    }

    /** Returns smaller limits for the status page, sufficient for a browser, a health check and Prometheus. */
    public Limits ofStatusPage() {
        return new Limits(
                STATUS_PAGE_CONNECTIONS,
                STATUS_PAGE_CONNECTIONS,
                Math.min(maxHeaderBytes, STATUS_PAGE_HEADER_BYTES),
                headerTimeout,
                false);
    }

    /** Returns the end of a rejection message, which names the setting to raise; empty if the limit is fixed. */
    public String orRaise(Setting setting) {
        return isConfigurable ? ", or set " + setting + " higher" : "";
    }
}
