package org.socketproxy.jetty;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.AbstractConnectionPool;
import org.eclipse.jetty.client.Connection;
import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.util.IO;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Connection pool for one daemon with an idle timeout for pooled connections. Each connection carries one exchange at a
 * time. The timeout closes the connections that a burst of clients opened.
 *
 * <p>Specialises {@link AbstractConnectionPool} to use a {@link LifoConnectionPool}. The idle timeout of Jetty is set
 * on the end point, so it would also end active streams without traffic. After an upgrade of Jetty check that
 * {@code AbstractConnectionPool} still accepts a pool factory and closes the entries that {@code terminate} returns.
 */
public final class DaemonConnectionPool extends AbstractConnectionPool {
    /** Checks per idle limit: an idle connection is closed at most a quarter of the limit late. */
    private static final int CHECKS_PER_LIMIT = 4;

    private final LifoConnectionPool<Connection> pool;
    private final Duration idleLimit;
    private final Scheduler scheduler;
    private volatile Scheduler.@Nullable Task nextCheck;

    /**
     * Creates the pool of a destination.
     *
     * @param maxConnections highest number of connections, in use or idle
     * @param idleLimit a pooled connection that is idle for longer is closed
     */
    public DaemonConnectionPool(Destination destination, int maxConnections, Duration idleLimit) {
        this(destination, new LifoConnectionPool<>(maxConnections), idleLimit);
    }

    private DaemonConnectionPool(Destination destination, LifoConnectionPool<Connection> pool, Duration idleLimit) {
        super(destination, () -> pool, 1);
        this.pool = pool;
        this.idleLimit = idleLimit;
        this.scheduler = destination.getHttpClient().getScheduler();
    }

    /**
     * Takes the connection that was used last, for {@link DaemonConnection#lend}. Returns null if none is idle, or Jetty still
     * reads from it: Jetty returns a connection before it has read to the end.
     */
    public @Nullable DaemonConnection idle() {
        DaemonConnection idle = (DaemonConnection) activate();
        if (idle == null || idle.isLendable()) {
            return idle;
        }
        idle.returnUnused();
        return null;
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        scheduleCheck();
    }

    @Override
    protected void doStop() throws Exception {
        Scheduler.Task next = nextCheck;
        if (next != null) {
            next.cancel();
        }
        super.doStop();
    }

    private void scheduleCheck() {
        nextCheck =
                scheduler.schedule(this::closeExpired, idleLimit.toNanos() / CHECKS_PER_LIMIT, TimeUnit.NANOSECONDS);
    }

    private void closeExpired() {
        try {
            pool.expire(System.nanoTime(), idleLimit.toNanos()).forEach(IO::close);
        } finally {
            if (!pool.isTerminated()) {
                scheduleCheck();
            }
        }
    }
}
