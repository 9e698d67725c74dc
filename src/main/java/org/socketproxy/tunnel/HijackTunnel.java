package org.socketproxy.tunnel;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.ActiveExchange;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.ClientSide;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.ExchangeSnapshot;

/**
 * Carries raw bytes both ways after a hijack, until both sides have ended. The end of one direction is passed on as
 * such (half-close): {@code echo hi | docker exec -i c cat} ends its input long before the output comes.
 *
 * <p>Threading: event-driven; an idle tunnel holds neither a thread nor a buffer.
 */
final class HijackTunnel implements ActiveExchanges.Open {
    /** What a client gets to read its output and close, once the daemon has closed: closing first could cost it bytes. */
    private static final long LINGER_SECONDS = 10;

    private final TunnelEnd client;
    private final TunnelEnd daemon;
    private final ActiveExchanges exchanges;
    private final Scheduler scheduler;
    private final Exchange audited;
    private final long bodyBytes;
    private final int status;
    private final long beginNanos = System.nanoTime();
    private final AtomicInteger opened = new AtomicInteger();
    private final AtomicBoolean isCut = new AtomicBoolean();
    private volatile Scheduler.@Nullable Task linger;

    private HijackTunnel(ActiveExchange exchange, EndPoint daemon, ActiveExchanges exchanges, int status) {
        ClientSide downstream = exchange.downstream();
        this.client = new TunnelEnd(this, downstream.endPoint(), downstream);
        this.daemon = new TunnelEnd(this, daemon, downstream);
        this.exchanges = exchanges;
        this.scheduler = downstream.scheduler();
        this.audited = exchange.audited();
        this.bodyBytes = downstream.bytesRead();
        this.status = status;
    }

    /**
     * A tunnel that begins to flow once both connections are its own.
     *
     * @param exchange what it comes from, and ends
     * @param status what the client is answered
     */
    static HijackTunnel between(ActiveExchange exchange, EndPoint daemon, ActiveExchanges exchanges, int status) {
        HijackTunnel tunnel = new HijackTunnel(exchange, daemon, exchanges, status);
        exchanges.begin(tunnel);
        return tunnel;
    }

    Connection clientSide() {
        return client;
    }

    Connection daemonSide() {
        return daemon;
    }

    TunnelEnd peerOf(TunnelEnd side) {
        return side == client ? daemon : client;
    }

    void sideOpened() {
        if (opened.incrementAndGet() == 2) {
            daemon.flow();
            client.flow();
        }
    }

    /** One side will send no more. */
    void sideEnded(TunnelEnd side) {
        peerOf(side).shutdownOutput();
        if (peerOf(side).isInputEnded()) {
            cut(null);
        } else if (side == daemon) {
            linger = scheduler.schedule(() -> cut(null), LINGER_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Override
    public boolean isEndless() {
        return true;
    }

    @Override
    public ExchangeSnapshot underway() {
        return audited.underway(bodyBytes + client.passed(), daemon.passed());
    }

    @Override
    public boolean isTunnel() {
        return true;
    }

    @Override
    public long ageNanos(long nowNanos) {
        return nowNanos - beginNanos;
    }

    @Override
    public void watchClient() {
        // Both sides are read all the time.
    }

    @Override
    public void cut(@Nullable Throwable cause) {
        if (!isCut.compareAndSet(false, true)) {
            return;
        }
        Scheduler.Task lingering = linger;
        if (lingering != null) {
            lingering.cancel();
        }
        client.getEndPoint().close(cause);
        daemon.getEndPoint().close(cause);
        exchanges.end(this);
        audited.end(status, bodyBytes + client.passed(), daemon.passed());
    }
}
