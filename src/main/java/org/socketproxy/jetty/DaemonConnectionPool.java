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
 * LIFO connection pool for one daemon; each connection carries one exchange at a time. A connection that stays idle for
 * longer than the limit is closed, so that a burst of clients leaves nothing behind.
 *
 * <p>Jetty's idle timeout would not do: it runs on the connection, so it would also cut streams on which nothing flows.
 */
public final class DaemonConnectionPool extends AbstractConnectionPool {
    /** An idle connection lives this much longer than the limit at most. */
    private static final int LOOKS_WITHIN_LIMIT = 4;

    private final LifoConnectionPool<Connection> pool;
    private final Duration idleLimit;
    private final Scheduler scheduler;
    private volatile Scheduler.@Nullable Task look;

    public DaemonConnectionPool(Destination destination, int maxConnections, Duration idleLimit) {
        this(destination, new LifoConnectionPool<>(maxConnections), idleLimit);
    }

    private DaemonConnectionPool(Destination destination, LifoConnectionPool<Connection> pool, Duration idleLimit) {
        super(destination, () -> pool, 1);
        this.pool = pool;
        this.idleLimit = idleLimit;
        this.scheduler = destination.getHttpClient().getScheduler();
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        lookLater();
    }

    @Override
    protected void doStop() throws Exception {
        Scheduler.Task next = look;
        if (next != null) {
            next.cancel();
        }
        super.doStop();
    }

    private void lookLater() {
        look = scheduler.schedule(this::look, idleLimit.toNanos() / LOOKS_WITHIN_LIMIT, TimeUnit.NANOSECONDS);
    }

    private void look() {
        try {
            pool.expire(System.nanoTime(), idleLimit.toNanos()).forEach(IO::close);
        } finally {
            if (!pool.isTerminated()) {
                lookLater();
            }
        }
    }
}
