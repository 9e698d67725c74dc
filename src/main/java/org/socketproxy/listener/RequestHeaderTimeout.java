package org.socketproxy.listener;

import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.NegotiatingServerConnection;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Closes connections without a complete request head within the timeout. Each byte of a slow client (Slowloris)
 * resets Jetty's idle timeout. A periodic task checks all connections, so that a request needs neither a timer nor a
 * clock reading.
 */
final class RequestHeaderTimeout {
    private static final int CHECKS_PER_TIMEOUT = 20;

    private final Duration timeout;
    private final Collection<EndPoint> endPoints;
    private final Scheduler scheduler;

    /** @param endPoints a live view of the open end points */
    RequestHeaderTimeout(Duration timeout, Collection<EndPoint> endPoints, Scheduler scheduler) {
        this.timeout = timeout;
        this.endPoints = endPoints;
        this.scheduler = scheduler;
    }

    /** Starts the periodic check, which ends when the scheduler stops. */
    void start() {
        scheduler.schedule(this::check, timeout.toMillis() / CHECKS_PER_TIMEOUT, TimeUnit.MILLISECONDS);
    }

    private void check() {
        try {
            long latestBegin = System.nanoTime() - timeout.toNanos();
            for (EndPoint endPoint : endPoints) {
                Connection http = connectionOf(endPoint);
                if (http instanceof DockerHttpConnection connection) {
                    connection.failIfHeadBeganBefore(latestBegin);
                } else if (http instanceof Http2Connection connection) {
                    connection.failIfHeadBeganBefore(latestBegin);
                } else if (http instanceof NegotiatingServerConnection
                        && AcceptedEndPoint.of(endPoint).isOpenedBefore(latestBegin)) {
                    endPoint.close(); // the TLS handshake is not complete
                }
            }
        } finally {
            start();
        }
    }

    /** Lets the idle connections of a connector end that shuts down. */
    void endIdle() {
        for (EndPoint endPoint : endPoints) {
            if (connectionOf(endPoint) instanceof DockerHttpConnection connection) {
                connection.endIfIdle();
            }
        }
    }

    /** Returns the connection of HTTP, also above TLS; or of a protocol that comes before it. */
    private static @Nullable Connection connectionOf(EndPoint endPoint) {
        return endPoint.getConnection() instanceof SslConnection encrypted
                ? encrypted.getSslEndPoint().getConnection()
                : endPoint.getConnection();
    }

    /** Fails the read of a connection with a late head. */
    static final class Expired extends TimeoutException {
        private static final long serialVersionUID = 1;
    }
}
