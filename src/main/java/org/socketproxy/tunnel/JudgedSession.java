package org.socketproxy.tunnel;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.eclipse.jetty.http2.HTTP2Stream;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.api.server.ServerSessionListener;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.Tunnel;
import org.socketproxy.jetty.EndPoints;
import org.socketproxy.jetty.ReadSavingEndPoint;

/**
 * Session of BuildKit whose calls the proxy judges: the daemon calls methods of the client. The end of either connection ends both.
 *
 * <p>Threading: event-driven; thread-safe.
 */
final class JudgedSession implements Tunnel, ServerSessionListener {
    private final Exchange exchange;
    private final ActiveExchanges exchanges;
    private final UnreadResponses unread;
    private final Executor executor;
    private final SessionEnd clientEnd;
    private final SessionEnd daemonEnd;
    private final Set<SessionCall> calls = ConcurrentHashMap.newKeySet();
    private volatile boolean isClosed;

    JudgedSession(Exchange exchange, ActiveExchanges exchanges, EndPoint daemon, UnreadResponses unread) {
        this.exchange = exchange;
        this.exchanges = exchanges;
        this.unread = unread;
        ClientConnection clientSide = exchange.clientSide();
        this.executor = clientSide.executor(); // the request is recycled when the connection is upgraded
        this.daemonEnd = SessionEnd.ofDaemon(clientSide, daemon, unread, this);
        this.clientEnd = SessionEnd.ofClient(clientSide, unread, daemonEnd::begin);
    }

    Connection clientEnd() {
        return clientEnd;
    }

    /** Begins with the connection of the daemon. That of the client begins when the servlet container completes the exchange. */
    void begin() {
        exchange.clientSide().whenClosed(this::clientClosed);
        EndPoint daemon = daemonEnd.getEndPoint();
        ((ReadSavingEndPoint) EndPoints.unwrap(daemon)).whenClosed(clientEnd.getEndPoint()::close);
        daemon.upgrade(daemonEnd);
    }

    private void clientClosed() {
        isClosed = true;
        daemonEnd.getEndPoint().close();
        calls.forEach(SessionCall::lost);
        unread.close();
        exchanges.end(exchange);
        exchange.tunnelClosed();
    }

    @Override
    public Map<Integer, Integer> onPreface(Session session) {
        return SessionEnd.settings();
    }

    @Override
    public Stream.@Nullable Listener onNewStream(Stream stream, HeadersFrame frame) {
        SessionCall call = new SessionCall(this, (HTTP2Stream) stream, frame);
        calls.add(call);
        if (isClosed) {
            call.lost();
        } else {
            call.begin();
        }
        return ((HTTP2Stream) stream).getListener();
    }

    void ended(SessionCall call) {
        calls.remove(call);
    }

    Exchange exchange() {
        return exchange;
    }

    ActiveExchanges exchanges() {
        return exchanges;
    }

    Executor executor() {
        return executor;
    }

    UnreadResponses unread() {
        return unread;
    }

    SessionEnd client() {
        return clientEnd;
    }

    SessionEnd daemon() {
        return daemonEnd;
    }

    @Override
    public long upstreamBytes() {
        return clientEnd.getBytesIn();
    }

    @Override
    public long downstreamBytes() {
        return clientEnd.getBytesOut();
    }

    @Override
    public void close(@Nullable Throwable cause) {
        clientEnd.getEndPoint().close(cause == null ? new EofException("The session has ended") : cause);
    }
}
