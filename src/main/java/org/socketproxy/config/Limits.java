package org.socketproxy.config;

import java.time.Duration;

/**
 * Resource limits for clients.
 *
 * @param headerTimeout maximum time to receive a request head, from the begin of the connection or the first byte of a later head
 * @param isConfigurable whether a message may name the setting of a limit
 * @param hasHttp2 whether clients may use HTTP/2; not on the status page
 */
public record Limits(
        int maxConnections,
        int maxConnectionsPerClient,
        int maxHeaderBytes,
        Duration headerTimeout,
        boolean isConfigurable,
        boolean hasHttp2) {
    private static final int MOST_CONNECTIONS = 1_000_000;
    private static final int SMALLEST_HEADERS = 1024;
    /** A request with a large head needs a buffer of this size on the daemon connection. */
    private static final int LARGEST_HEADERS = 256 * 1024;

    private static final Duration SHORTEST_TIMEOUT = Duration.ofMillis(100);
    private static final int STATUS_PAGE_CONNECTIONS = 128;
    /** One client must not make the health check of the image fail, which has an address of its own. */
    private static final int STATUS_PAGE_CONNECTIONS_OF_CLIENT = 32;

    private static final int CONTROL_SOCKET_USERS = 4;
    private static final int STATUS_PAGE_HEADER_BYTES = 8 * 1024;

    public Limits(int maxConnections, int maxConnectionsPerClient, int maxHeaderBytes, Duration headerTimeout) {
        this(maxConnections, maxConnectionsPerClient, maxHeaderBytes, headerTimeout, true, true);
    }

    static Limits read(Reading reading) {
        return new Limits(
                connections(reading, Setting.MAX_CONNECTIONS),
                connections(reading, Setting.MAX_CONNECTIONS_PER_CLIENT),
                reading.value(
                                Setting.MAX_HEADER_SIZE,
                                text -> Parsers.bytes(text, SMALLEST_HEADERS, LARGEST_HEADERS),
                                "use a size from 1k to 256k, such as 80k or 80KiB, or a number of bytes")
                        .orElse(SMALLEST_HEADERS),
                reading.value(
                                Setting.HEADER_TIMEOUT,
                                text -> Parsers.duration(text).filter(time -> time.compareTo(SHORTEST_TIMEOUT) >= 0),
                                "use a number of at most six digits with ms, s or m, such as 10s, and at least 100ms")
                        .orElse(SHORTEST_TIMEOUT));
    }

    private static int connections(Reading reading, Setting setting) {
        return reading.value(
                        setting,
                        text -> Parsers.count(text, MOST_CONNECTIONS),
                        "use a whole number from 1 to " + MOST_CONNECTIONS)
                .orElse(1);
    }

    /** Returns limits that suffice for a browser, a health check and Prometheus. */
    public Limits ofStatusPage() {
        return fixed(STATUS_PAGE_CONNECTIONS, STATUS_PAGE_CONNECTIONS_OF_CLIENT);
    }

    /** Returns limits with which one user can hold all leases, and other users the same number. */
    public Limits ofControlSocket() {
        int ofUser = LeaseTemplate.MOST_AT_ONCE + STATUS_PAGE_CONNECTIONS_OF_CLIENT;
        return fixed(CONTROL_SOCKET_USERS * ofUser, ofUser);
    }

    private Limits fixed(int connections, int ofClient) {
        return new Limits(
                connections, ofClient, Math.min(maxHeaderBytes, STATUS_PAGE_HEADER_BYTES), headerTimeout, false, false);
    }

    /** Returns the end of a rejection message; empty if the limit is fixed. */
    public String orRaise(Setting setting) {
        return isConfigurable ? ", or set " + setting + " higher" : "";
    }
}
