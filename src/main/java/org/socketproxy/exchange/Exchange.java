package org.socketproxy.exchange;

import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.AuditLog;
import org.socketproxy.client.Client;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.Decision;
import org.socketproxy.usage.UsageLedger;

/**
 * One request and its response, from the first filter to the audit record: the client, the request target, the decision,
 * the request to the daemon and the tunnel that may follow. Each filter and the servlet gets it by {@link #of}.
 *
 * <p>Threading: the filters fill it one after the other. Any thread may abort it; {@link ExchangeState} says which of two
 * concurrent transitions happens.
 */
public final class Exchange implements ActiveExchange {
    private static final String ATTRIBUTE = Exchange.class.getName();

    private final long beginNanos = System.nanoTime();
    private final ClientSide clientSide;
    private final ExchangeAudit audit;
    private final AtomicReference<ExchangeState> state = new AtomicReference<>(ExchangeState.RECEIVED);
    private @Nullable RequestTarget target;
    private @Nullable Decision decision;
    private volatile @Nullable RequestBody body;
    private volatile @Nullable Request forwarded;
    private volatile @Nullable Upgrade upgrade;
    private @Nullable DisconnectDetector detector;

    private Exchange(ClientSide clientSide, ExchangeAudit audit) {
        this.clientSide = clientSide;
        this.audit = audit;
    }

    /** Begins an exchange, which the filters and the servlet behind this one get by {@link #of}. */
    public static Exchange begin(HttpServletRequest request, AuditLog log, UsageLedger ledger) {
        ClientSide clientSide = ClientSide.of(request);
        ExchangeAudit audit = new ExchangeAudit(
                Client.of(clientSide.request()), request.getMethod(), request.getRequestURI(), log, ledger);
        Exchange exchange = new Exchange(clientSide, audit);
        request.setAttribute(ATTRIBUTE, exchange);
        return exchange;
    }

    /** The exchange of a request that came through the filter chain. */
    public static Exchange of(ServletRequest request) {
        return (Exchange) Objects.requireNonNull(request.getAttribute(ATTRIBUTE));
    }

    /** Whether the filter chain began an exchange for this request. */
    public static boolean isBegun(org.eclipse.jetty.server.Request request) {
        return request.getAttribute(ATTRIBUTE) != null;
    }

    /** Counts from 1 since the start of the program. */
    public long id() {
        return audit.id();
    }

    public Client client() {
        return audit.client();
    }

    public ClientSide clientSide() {
        return clientSide;
    }

    /** The request target that was judged, which is the one to forward. */
    public RequestTarget target() {
        return Objects.requireNonNull(target);
    }

    /** The decision of the policy; in learn mode it may be a denial although the exchange is allowed. */
    public Decision decision() {
        return Objects.requireNonNull(decision);
    }

    /** The operation of the decision. */
    public Operation operation() {
        return Objects.requireNonNull(decision().operation());
    }

    /** Records that the request may be forwarded, unless a later filter denies it. */
    public void allow(RequestTarget judged, Decision outcome) {
        target = judged;
        decision = outcome;
        audit.decided(outcome);
        if (!outcome.isAllowed()) {
            audit.learned();
        }
        enter(ExchangeState.ALLOWED);
    }

    /** Records that the policy denies the request. */
    public void deny(Decision outcome) {
        audit.decided(outcome);
        enter(ExchangeState.DENIED);
    }

    /**
     * Records that the request is denied for a reason other than the policy.
     *
     * @param code stable, lower case, with dashes
     */
    public void deny(String code) {
        deny(code, null);
    }

    /**
     * Records that an extension denies the request.
     *
     * @param code stable, lower case, with dashes
     * @param extension its name, or null for none in particular
     */
    public void deny(String code, @Nullable String extension) {
        audit.deny(code, extension);
        enter(ExchangeState.DENIED);
    }

    /** Whether every filter so far allowed it, and it was not forwarded yet. */
    public boolean isAllowed() {
        return state.get() == ExchangeState.ALLOWED;
    }

    /** Begins to read the request body, for the daemon. */
    public RequestBody readBody() {
        RequestBody read = new RequestBody(clientSide.request(), clientSide.executor());
        body = read;
        return read;
    }

    /** The part of the request body that was not read. */
    public Content.Source unreadBody() {
        RequestBody read = body;
        return read == null ? clientSide.request() : read;
    }

    /** Whether the daemon lacks a part of the request body, or all of it while the daemon's 100 is awaited. */
    public boolean isBodyUnderWay() {
        RequestBody read = body;
        return read == null ? clientSide.hasBody() : !read.isReadToEnd();
    }

    /** Records the request that goes to the daemon now; a retry replaces it. {@link #abort} aborts the latest one. */
    public void forward(Request request) {
        forwarded = request;
        if (enter(ExchangeState.FORWARDED) != null) {
            audit.forwarded();
        }
    }

    /** Records that the response of the daemon is complete or has failed, and stops to watch for a disconnect. */
    public void answered() {
        enter(ExchangeState.ANSWERED);
        stopDetector();
    }

    /**
     * Records that the response is written and only the rest of the request body is awaited. Closes the client's
     * connection if the exchange was aborted before.
     */
    public void drain() {
        if (enter(ExchangeState.DRAINING) == null) {
            clientSide.cut(new EofException("The exchange was aborted"));
        }
    }

    /** Returns the exchange to the servlet container, which ends the response. */
    public void returnToContainer() {
        enter(ExchangeState.RETURNED);
        clientSide.complete();
    }

    /**
     * Records that raw bytes flow from here on: the exchange ends with the tunnel, not with the response.
     *
     * @param status that the client is answered
     */
    public void upgrade(Tunnel tunnel, int status) {
        audit.becameTunnel();
        upgrade = new Upgrade(tunnel, status, clientSide.bytesRead());
        boolean isAborted = enter(ExchangeState.TUNNEL) == null;
        stopDetector();
        if (isAborted) {
            tunnel.close(new EofException("The exchange was aborted"));
        }
    }

    /** @param bodyBytes of the request, before the upgrade; Jetty reuses its own counters afterwards */
    private record Upgrade(Tunnel tunnel, int status, long bodyBytes) {}

    /** Whether nothing waits for a response: the client left, or the proxy stops. */
    public boolean isAbandoned() {
        RequestBody read = body;
        return state.get() == ExchangeState.ABORTED || read != null && read.isBroken();
    }

    /**
     * Closes the connection to the daemon; the failure comes back as the response's. If only the rest of the request body
     * is awaited, closes the client's connection. Ends a tunnel.
     */
    @Override
    public void abort(Throwable cause) {
        ExchangeState before = enter(ExchangeState.ABORTED);
        Upgrade upgraded = upgrade;
        if (upgraded != null) {
            upgraded.tunnel.close(cause);
            return;
        }
        Request request = forwarded;
        if (request != null) {
            var unused = request.abort(cause);
        }
        if (before == ExchangeState.DRAINING) {
            clientSide.cut(cause);
        }
    }

    @Override
    public boolean isTunnel() {
        return upgrade != null;
    }

    /** Whether it may last without end, so that a stop does not wait for it. */
    @Override
    public boolean isEndless() {
        return isTunnel() || operation().isEndless();
    }

    @Override
    public long ageNanos(long nowNanos) {
        return nowNanos - beginNanos;
    }

    /** Begins or continues to watch for a client that leaves while no bytes flow. A tunnel reads both sides anyway. */
    @Override
    public synchronized void detectDisconnect() {
        if (state.get() != ExchangeState.FORWARDED || !(clientSide.connection() instanceof HttpConnection connection)) {
            return;
        }
        if (detector == null) {
            detector = DisconnectDetector.of(connection, Callback.from(() -> {}, this::abort));
            if (detector == null) {
                return;
            }
            detector.lift();
        }
        RequestBody read = body;
        boolean isBodyRead = read == null ? !clientSide.hasBody() : read.isReadToEnd();
        if (isBodyRead) {
            detector.arm();
        }
    }

    private synchronized void stopDetector() {
        if (detector != null) {
            detector.disarm();
        }
    }

    /** Its progress until now. */
    @Override
    public ExchangeSnapshot snapshot() {
        return audit.snapshot(upstreamBytes(), downstreamBytes());
    }

    private long upstreamBytes() {
        Upgrade upgraded = upgrade;
        return upgraded == null ? clientSide.bytesRead() : upgraded.bodyBytes + upgraded.tunnel.upstreamBytes();
    }

    private long downstreamBytes() {
        Upgrade upgraded = upgrade;
        return upgraded == null ? clientSide.bytesWritten() : upgraded.tunnel.downstreamBytes();
    }

    /** The servlet container has completed the response. Ends the exchange, unless it became a tunnel. */
    public void completed() {
        if (upgrade == null) {
            end(clientSide.status());
        }
    }

    /** The tunnel has closed. */
    public void tunnelClosed() {
        end(Objects.requireNonNull(upgrade).status);
    }

    private void end(int status) {
        if (enter(ExchangeState.ENDED) != null) {
            audit.end(status, upstreamBytes(), downstreamBytes());
        }
    }

    /** Returns the state that this thread left, or null if the table does not allow the transition. */
    private @Nullable ExchangeState enter(ExchangeState next) {
        while (true) {
            ExchangeState current = Objects.requireNonNull(state.get());
            if (!current.mayBecome(next)) {
                return null;
            }
            if (state.compareAndSet(current, next)) {
                return current;
            }
        }
    }
}
