package org.socketproxy.exchange;

import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.io.content.ByteBufferContentSource;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.AuditLog;
import org.socketproxy.client.Client;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Profiles;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.scope.ScopedRequest;
import org.socketproxy.usage.UsageLedgers;

/**
 * One request and its response, from the first filter to the audit record. The filters and the servlet get it with {@link #of}.
 *
 * <p>Threading: the filters fill it one after the other. Any thread can abort it; of two concurrent transitions only
 * one that {@link ExchangeState} allows happens.
 */
public final class Exchange implements ActiveExchange {
    private static final String ATTRIBUTE = Exchange.class.getName();

    private final long beginNanos = System.nanoTime();
    private final ClientConnection clientSide;
    private final ExchangeAudit audit;
    private final Lifecycle state = new Lifecycle();
    private volatile @Nullable Trial trial;
    private volatile @Nullable Shadowed shadow;
    private volatile @Nullable RequestBody body;
    private volatile @Nullable Future<?> query;
    private volatile @Nullable Consumer<Throwable> forwarded;
    private volatile @Nullable Upgrade upgrade;
    private final AnswerLimit answerLimit = new AnswerLimit();
    private final DisconnectWatch watch;
    private final CompletableFuture<Void> daemonAnswer = new CompletableFuture<>();

    private Exchange(ClientConnection clientSide, ExchangeAudit audit) {
        this.clientSide = clientSide;
        this.audit = audit;
        this.watch = new DisconnectWatch(clientSide, this::abort);
        var unused = daemonAnswer.thenRun(audit::answered);
    }

    /** Begins an exchange and stores it in the request for {@link #of}. */
    public static Exchange begin(HttpServletRequest request, AuditLog log, UsageLedgers ledgers) {
        ClientConnection clientSide = ClientConnection.of(request);
        ExchangeAudit audit = ExchangeAudit.of(request, clientSide, log, ledgers);
        Exchange exchange = new Exchange(clientSide, audit);
        request.setAttribute(ATTRIBUTE, exchange);
        return exchange;
    }

    /** Returns the exchange of a request in the filter chain. */
    public static Exchange of(ServletRequest request) {
        return (Exchange) Objects.requireNonNull(request.getAttribute(ATTRIBUTE));
    }

    /** Returns whether a filter has begun an exchange for this request. */
    public static boolean isBegun(org.eclipse.jetty.server.Request request) {
        return request.getAttribute(ATTRIBUTE) != null;
    }

    /** Returns the number of the exchange, from 1 since the start of the program. */
    public long id() {
        return audit.id();
    }

    public Client client() {
        return audit.client();
    }

    public ClientConnection clientSide() {
        return clientSide;
    }

    /** Begins the judgement by the profile of the client, again if a reload has come meanwhile. */
    public void assign(Profiles profiles) {
        Trial begun = new Trial(this, profiles);
        trial = begun;
        audit.assign(begun);
    }

    public Trial trial() {
        return Objects.requireNonNull(trial);
    }

    /** Lets another policy watch the exchange. */
    public void shadow(@Nullable Shadowed other) {
        shadow = other;
    }

    /** Returns the other policy, or null. */
    public @Nullable Shadowed shadow() {
        return shadow;
    }

    /** Returns false if the record of a new exchange could be lost, and {@code AUDIT_FAIL=closed} requires it. */
    public boolean isRecordable() {
        return audit.isRecordable();
    }

    public boolean is(ExchangeState expected) {
        return state.now() == expected;
    }

    /** Records that the profile permits the request, as it was restricted. */
    public void permit(ScopedRequest judged, Decision outcome) {
        trial().permit(judged, outcome);
        audit.decided(outcome);
        state.enter(ExchangeState.DECIDING);
    }

    /** Records the query to the daemon on which the decision waits; an abort cancels it. */
    public void ask(Future<?> asked) {
        query = asked;
        if (!is(ExchangeState.DECIDING)) {
            asked.cancel(false);
        }
    }

    /** Records that the answer of the daemon is judged. Returns false after an abort. */
    public boolean goOn() {
        query = null; // its answer can have some MiB, and the exchange can last
        return is(ExchangeState.DECIDING);
    }

    /** Records that the request can be forwarded, unless an extension denies it. Returns false after an abort. */
    public boolean allow() {
        return state.enter(ExchangeState.ALLOWED) != null;
    }

    /** Completed when the head of the daemon's response has come; not if it never comes. */
    public CompletableFuture<Void> daemonAnswer() {
        return daemonAnswer;
    }

    /** Runs an action when the exchange ends, after the earlier ones. */
    public void atEnd(Runnable action) {
        state.atEnd(action);
    }

    @Override
    public void withhold(Reason reason) {
        audit.withheld(reason);
    }

    /** Records a denial, and returns the response. */
    public ErrorReply deny(Denial denial) {
        audit.allowedBy(denial.remedies());
        if (denial.decision() == null) {
            deny(denial.reason());
        } else {
            audit.denied(denial.decision());
            denied();
        }
        return denial.reply();
    }

    /** Records a denial for a reason other than the policy, without a response in the words of the proxy. */
    public void deny(Reason reason) {
        audit.deny(reason, null);
        denied();
    }

    /** Records the denial of an extension, and returns the response. */
    public ErrorReply deny(Denial denial, String extension) {
        audit.deny(denial.reason(), extension);
        denied();
        return denial.reply();
    }

    public boolean wasDenied() {
        return audit.wasDenied();
    }

    private void denied() {
        state.enter(ExchangeState.DENIED);
        watch.end();
    }

    /** Records that the proxy reads the body to judge it, until {@link #goOnWithBody}. */
    public void readForJudge() {
        enterOrClose(ExchangeState.READING_BODY);
    }

    /** Records that the whole body was read, judged and held. */
    public void goOnWithBody() {
        state.enter(ExchangeState.DECIDING);
    }

    /** Returns the request body as content for the request to the daemon. */
    public RequestBody readBody() {
        Trial judged = trial();
        Content.Source source =
                judged.isBodyHeld() ? new ByteBufferContentSource(judged.heldBody()) : clientSide.request();
        RequestBody read = new RequestBody(source, this);
        body = read;
        return read;
    }

    public Content.Source unreadBody() {
        RequestBody read = body;
        return read == null ? clientSide.request() : read.rest();
    }

    /** Returns whether a part of the request body is not read yet, also while the client waits for 100 Continue. */
    public boolean isBodyIncomplete() {
        RequestBody read = body;
        return read == null ? clientSide.hasBody() : !read.isReadToEnd();
    }

    /**
     * Records that a request is sent to the daemon; a retry replaces it. It is aborted at once if the exchange was already aborted.
     *
     * @param abort ends the request; any thread can call it
     */
    public void forward(Consumer<Throwable> abort) {
        forwarded = abort;
        if (state.enter(ExchangeState.FORWARDED) != null) {
            audit.forwarded(shadow);
        } else if (is(ExchangeState.ABORTED)) {
            abort.accept(new EofException("The exchange was aborted"));
        }
    }

    /** Returns whether the daemon can be at work, also after an abort. */
    public boolean wasForwarded() {
        return forwarded != null;
    }

    /** Records that the response of the daemon is complete or has failed, and ends disconnect detection. */
    public void answered() {
        state.enter(ExchangeState.ANSWERED);
        watch.end();
    }

    /** Records that the proxy waits only for the rest of the request body; closes the connection after an abort. */
    public void drain() {
        enterOrClose(ExchangeState.DRAINING);
    }

    private void enterOrClose(ExchangeState next) {
        if (state.enter(next) == null) {
            clientSide.abort(new EofException("The exchange was aborted"));
        }
    }

    /** Returns the exchange to the servlet container, which ends the response. */
    public void returnToContainer() {
        state.enter(ExchangeState.RETURNED);
        clientSide.complete();
    }

    /** Records that the exchange is a tunnel now and ends with it; the status is that of the response to the client. */
    public void upgrade(Tunnel tunnel, int status) {
        audit.becameTunnel();
        upgrade = new Upgrade(tunnel, status, clientSide.bytesRead());
        watch.end();
        if (state.enter(ExchangeState.TUNNEL) == null) {
            tunnel.close(new EofException("The exchange was aborted"));
        }
    }

    /**
     * Begins a call of the daemon on the session that this exchange has opened.
     *
     * @param path of the gRPC method
     * @param connection number of the client's connection
     * @param abort ends the call; any thread can call it
     */
    public DaemonCall call(String path, int connection, Consumer<Throwable> abort) {
        return new DaemonCall(this, audit.call(path), connection, abort);
    }

    /** Returns whether no response is needed: the client has disconnected, or the proxy stops. */
    public boolean isAbandoned() {
        RequestBody read = body;
        return is(ExchangeState.ABORTED) || read != null && read.isBroken();
    }

    /** Closes the connection of the client if its body is still being read. */
    public void abortBody(Throwable cause) {
        if (state.change(ExchangeState.READING_BODY, ExchangeState.ABORTED)) {
            clientSide.abort(cause);
        }
    }

    /** Aborts the request or the query to the daemon; closes the tunnel, or the connection if its body is being read. */
    @Override
    public void abort(Throwable cause) {
        ExchangeState before = state.enter(ExchangeState.ABORTED);
        Upgrade upgraded = upgrade;
        if (upgraded != null) {
            upgraded.tunnel().close(cause);
            return;
        }
        Future<?> asked = query;
        if (asked != null) {
            asked.cancel(false);
        }
        Consumer<Throwable> request = forwarded;
        if (request != null) {
            request.accept(cause);
        }
        if (before == ExchangeState.DRAINING || before == ExchangeState.READING_BODY) {
            clientSide.abort(cause);
        }
    }

    @Override
    public boolean isTunnel() {
        return upgrade != null;
    }

    @Override
    public boolean isEndless() {
        return isTunnel() || trial().operation().isEndless();
    }

    @Override
    public boolean isStillAllowed(Profiles profiles) {
        return !isEndless() && !(isBodyComing() && ExchangeState.isAwaitingBody(state.now()))
                || profiles.of(client())
                        .letsContinue(trial().operation(), trial().decision().isWrite(), trial().profile());
    }

    @Override
    public boolean isUploadTooSlow(long nowNanos) {
        RequestBody read = body;
        return read != null && read.isTooSlow(nowNanos);
    }

    /** The time begins when the body of the request has been read. The daemon can still do what the request asks for. */
    @Override
    public void limitDaemon(long nowNanos, Duration limit) {
        Consumer<Throwable> request = forwarded;
        if (request != null && answerLimit.isOver(this, nowNanos, limit)) {
            withhold(Reason.DAEMON_TIMEOUT);
            request.accept(AnswerLimit.failure());
        }
    }

    @Override
    public long ageNanos(long nowNanos) {
        return nowNanos - beginNanos;
    }

    /** Starts or continues to detect a disconnect of the client. A tunnel reads both sides and needs no detection. */
    @Override
    public void detectDisconnect() {
        watch.detect(() -> ExchangeState.isAwaitingDaemon(state.now()), () -> !isBodyComing());
    }

    private boolean isBodyComing() {
        return !trial().isBodyHeld() && trial().deniedBody() == null && isBodyIncomplete();
    }

    @Override
    public ExchangeSnapshot snapshot() {
        return audit.snapshot(upstreamBytes(), downstreamBytes(), System.identityHashCode(clientSide.endPoint()));
    }

    private long upstreamBytes() {
        return upgrade == null ? clientSide.bytesRead() : upgrade.upstreamBytes();
    }

    private long downstreamBytes() {
        return upgrade == null ? clientSide.bytesWritten() : upgrade.tunnel().downstreamBytes();
    }

    /** Ends the exchange after the servlet container has completed the response, unless it is a tunnel. */
    public void completed() {
        if (upgrade == null) {
            end(clientSide.status());
        }
    }

    /** Ends the exchange after its tunnel has closed. */
    public void tunnelClosed() {
        end(Objects.requireNonNull(upgrade).status());
    }

    private void end(int status) {
        if (state.end()) {
            audit.end(status, upstreamBytes(), downstreamBytes());
            Shadowed watching = shadow;
            if (watching != null) {
                watching.ended();
            }
        }
    }
}
