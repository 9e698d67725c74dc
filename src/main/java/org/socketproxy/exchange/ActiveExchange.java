package org.socketproxy.exchange;

import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.forward.ForwardedRequest;

/**
 * An exchange that was sent to the daemon and has not ended: both sides, and what must be done when one of them leaves.
 *
 * <p>Threading: any thread may end it; the first one wins.
 */
public final class ActiveExchange implements ActiveExchanges.Open {
    private final ClientSide downstream;
    private final Operation operation;
    private final Exchange audited;
    private final long beginNanos = System.nanoTime();
    private volatile ForwardedRequest request;
    private @Nullable DisconnectDetector watch;
    private volatile @Nullable RequestBody body;
    private volatile boolean isCut;
    private volatile boolean isAnswered;
    private boolean isEnded;

    public ActiveExchange(ClientSide downstream, ForwardedRequest request, Operation operation, Exchange audited) {
        this.downstream = downstream;
        this.request = request;
        this.operation = operation;
        this.audited = audited;
    }

    public ClientSide downstream() {
        return downstream;
    }

    /** As the audit log knows it. */
    public Exchange audited() {
        return audited;
    }

    /** Whether it may be asked for twice, since that changes nothing (RFC 9110 section 9.2.2), and can be. */
    public boolean isRepeatable() {
        String method = request.getMethod();
        return (HttpMethod.GET.is(method) || HttpMethod.HEAD.is(method))
                && !operation.write().isAlways()
                && !request.isUpgrade()
                && !downstream.hasBody();
    }

    /** The request as it is sent once more. What is cut from now on is that one. */
    public ForwardedRequest askAgain() {
        ForwardedRequest again = request.again();
        request = again;
        return again;
    }

    public RequestBody readBody() {
        RequestBody read = new RequestBody(downstream.request(), downstream.executor());
        body = read;
        return read;
    }

    /** What is left of the client's body. */
    public Content.Source unreadBody() {
        RequestBody read = body;
        return read == null ? downstream.request() : read;
    }

    /** Whether the request to the daemon lacks a part of the body, or all of it while the daemon's 100 is awaited. */
    public boolean isBodyUnderWay() {
        RequestBody read = body;
        return read == null ? downstream.hasBody() : !read.isReadToEnd();
    }

    /** Whether nobody waits for an answer any more: the client left, or we stop. */
    public boolean isAbandoned() {
        RequestBody read = body;
        return isCut || read != null && read.isBroken();
    }

    @Override
    public boolean isEndless() {
        return operation.isEndless();
    }

    @Override
    public ExchangeSnapshot underway() {
        return audited.underway(downstream.bytesRead(), downstream.bytesWritten());
    }

    @Override
    public boolean isTunnel() {
        return false;
    }

    @Override
    public long ageNanos(long nowNanos) {
        return nowNanos - beginNanos;
    }

    @Override
    public synchronized void watchClient() {
        if (isEnded || !(downstream.connection() instanceof HttpConnection connection)) {
            return;
        }
        if (watch == null) {
            watch = DisconnectDetector.of(connection, Callback.from(() -> {}, this::cut));
            if (watch == null) {
                return;
            }
            watch.lift();
        }
        RequestBody read = body;
        boolean isBodyRead = read == null ? !downstream.hasBody() : read.isReadToEnd();
        if (isBodyRead) {
            watch.arm();
        }
    }

    /** From here on only the rest of the client's body is awaited, until {@link #complete}. */
    public void answered() {
        isAnswered = true;
    }

    /** Gives the exchange back to the container. */
    public void complete() {
        isAnswered = false;
        downstream.complete();
    }

    /** Must come before the container gets the exchange back. */
    public synchronized void end() {
        isEnded = true;
        if (watch != null) {
            watch.disarm();
        }
    }

    /**
     * Closes the daemon's connection at once; the failure then comes back as the response's. Of one that the daemon has
     * answered only the rest of the client's body is awaited, and then it is the client's connection that is closed.
     */
    @Override
    public void cut(Throwable cause) {
        isCut = true;
        var unused = request.abort(cause);
        if (isAnswered) {
            downstream.cut(cause);
        }
    }
}
