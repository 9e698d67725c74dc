package org.socketproxy.listener;

import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Ends connections on which the head of a request does not come to its end in time: every byte of a slow client puts
 * Jetty's idle timeout off. All connections are looked at a few times within the timeout, so that a request costs
 * neither a timer nor a clock reading.
 */
final class RequestHeaderTimeout {
    private static final int LOOKS = 20;

    private final Duration timeout;
    private final Collection<EndPoint> endPoints;
    private final Scheduler scheduler;

    /** @param endPoints a view of those that are open */
    RequestHeaderTimeout(Duration timeout, Collection<EndPoint> endPoints, Scheduler scheduler) {
        this.timeout = timeout;
        this.endPoints = endPoints;
        this.scheduler = scheduler;
    }

    /** Looks at them until the scheduler stops. */
    void start() {
        scheduler.schedule(this::look, timeout.toMillis() / LOOKS, TimeUnit.MILLISECONDS);
    }

    private void look() {
        try {
            long latestBegin = System.nanoTime() - timeout.toNanos();
            for (EndPoint endPoint : endPoints) {
                Connection spoken = endPoint.getConnection() instanceof SslConnection encrypted
                        ? encrypted.getSslEndPoint().getConnection()
                        : endPoint.getConnection();
                if (spoken instanceof DockerHttpConnection connection) {
                    connection.endIfHeadBeganBefore(latestBegin);
                }
            }
        } finally {
            start();
        }
    }

    /** Told to a connection whose time is over. */
    static final class Passed extends TimeoutException {
        private static final long serialVersionUID = 1;
    }
}
