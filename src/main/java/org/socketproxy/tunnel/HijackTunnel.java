package org.socketproxy.tunnel;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.exchange.Tunnel;

/**
 * Forwards raw bytes in both directions after an upgrade, until both have ended. The end of one is a half-close:
 * {@code echo hi | docker exec -i c cat} ends its input before the output comes.
 *
 * <p>Threading: event-driven; an idle tunnel holds neither a thread nor a buffer.
 */
final class HijackTunnel implements Tunnel {
    /** Time for the client to read its output and close after the daemon, because an earlier close could lose bytes. */
    private static final long LINGER_SECONDS = 10;

    private final TunnelEnd client;
    private final TunnelEnd daemon;
    private final Scheduler scheduler;
    private final Runnable whenClosed;
    private final AtomicInteger opened = new AtomicInteger();
    private final AtomicBoolean isClosed = new AtomicBoolean();
    private volatile Scheduler.@Nullable Task linger;

    private HijackTunnel(TunnelEnd client, TunnelEnd daemon, Scheduler scheduler, Runnable whenClosed) {
        this.client = client;
        this.daemon = daemon;
        this.scheduler = scheduler;
        this.whenClosed = whenClosed;
    }

    /**
     * Creates a tunnel, which forwards bytes as soon as both connections are upgraded.
     *
     * @param daemon end point of the connection to the daemon
     * @param whenClosed runs once, after both connections are closed
     */
    static HijackTunnel between(ClientConnection clientSide, EndPoint daemon, Runnable whenClosed) {
        TunnelEnd clientEnd = new TunnelEnd(clientSide.endPoint(), clientSide);
        TunnelEnd daemonEnd = new TunnelEnd(daemon, clientSide);
        HijackTunnel tunnel = new HijackTunnel(clientEnd, daemonEnd, clientSide.scheduler(), whenClosed);
        clientEnd.connect(tunnel, daemonEnd);
        daemonEnd.connect(tunnel, clientEnd);
        return tunnel;
    }

    Connection clientEnd() {
        return client;
    }

    Connection daemonEnd() {
        return daemon;
    }

    void endOpened() {
        if (opened.incrementAndGet() == 2) {
            daemon.start();
            client.start();
        }
    }

    /** Forwards the first end as a half-close, and closes the tunnel after the second. */
    void inputEnded(TunnelEnd end, TunnelEnd peer) {
        peer.shutdownOutput();
        if (peer.isInputEnded()) {
            close(null);
        } else if (end == daemon) {
            linger = scheduler.schedule(() -> close(null), LINGER_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Override
    public long upstreamBytes() {
        return client.bytesRead();
    }

    @Override
    public long downstreamBytes() {
        return daemon.bytesRead();
    }

    @Override
    public void close(@Nullable Throwable cause) {
        if (!isClosed.compareAndSet(false, true)) {
            return;
        }
        Scheduler.Task lingering = linger;
        if (lingering != null) {
            lingering.cancel();
        }
        client.getEndPoint().close(cause);
        daemon.getEndPoint().close(cause);
        whenClosed.run();
    }
}
