package org.socketproxy.config;

import java.time.Duration;

/**
 * What clients may take.
 *
 * @param maxConnections of all clients together, to all listeners
 * @param maxConnectionsPerClient of one address
 * @param maxHeaderBytes of a request's line and headers together
 * @param headerTimeout from a connection's begin, or from a later request's first byte, to the end of the request's head
 * @param isConfigurable whether settings give them, so that a message may name the setting
 */
public record Limits(
        int maxConnections,
        int maxConnectionsPerClient,
        int maxHeaderBytes,
        Duration headerTimeout,
        boolean isConfigurable) {
    private static final int STATUS_PAGE_CONNECTIONS = 64;
    private static final int STATUS_PAGE_HEADER_BYTES = 8 * 1024;

    /** Limits that settings give. */
    public Limits(int maxConnections, int maxConnectionsPerClient, int maxHeaderBytes, Duration headerTimeout) {
        this(maxConnections, maxConnectionsPerClient, maxHeaderBytes, headerTimeout, true);
    }

    /** Limits of the status page's listener: a browser, a health check and Prometheus need no more. */
    public Limits ofStatusPage() {
        return new Limits(
                STATUS_PAGE_CONNECTIONS,
                STATUS_PAGE_CONNECTIONS,
                Math.min(maxHeaderBytes, STATUS_PAGE_HEADER_BYTES),
                headerTimeout,
                false);
    }

    /** End of a sentence that refuses a client beyond a limit: the setting that would let it in, if there is one. */
    public String orRaise(Setting setting) {
        return isConfigurable ? ", or set " + setting + " higher" : "";
    }
}
