package org.socketproxy.exchange;

import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.ByteBuffer;
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
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Profiles;
import org.socketproxy.policy.ResponseTransform;
import org.socketproxy.policy.ResponseTransform.ChainedTransform;
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
    final ExchangeAudit audit;
    private final Lifecycle state = new Lifecycle();
    private @Nullable Profile profile;
    private @Nullable Profiles inForce;
    private @Nullable RequestTarget target;
    private @Nullable Decision decision;
    private @Nullable ResponseTransform transform;
    private @Nullable ByteBuffer heldBody;
    private volatile @Nullable RequestBody body;
    private volatile @Nullable Future<?> question;
    private volatile @Nullable Consumer<Throwable> forwarded;
    private volatile @Nullable Upgrade upgrade;
    private final DisconnectWatch watch;
    private final CompletableFuture<Void> daemonAnswer = new CompletableFuture<>();

    Exchange(ClientConnection clientSide, ExchangeAudit audit) {
        this.clientSide = clientSide;
        this.audit = audit;
        this.watch = new DisconnectWatch(clientSide, this::abort);
    }

    /** Begins an exchange and stores it in the request for {@link #of}. */
    public static Exchange begin(HttpServletRequest request, AuditLog log, UsageLedgers ledgers) {
        ClientConnection clientSide = ClientConnection.of(request);
        ExchangeAudit audit = new ExchangeAudit(
                Client.of(clientSide.request()), request.getMethod(), request.getRequestURI(), log, ledgers);
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

    /** Records the profile of the client. A reload does not change it; the profiles in force tell whether a permission has ended. */
    public void assign(Profiles profiles) {
        assign(profiles.of(client()));
        inForce = profiles;
    }

    void assign(Profile assigned) {
        profile = assigned;
        audit.assign(assigned.origin());
    }

    public Profile profile() {
        return Objects.requireNonNull(profile);
    }

    /** Returns the request target that the filters judged and the servlet forwards. */
    public RequestTarget target() {
        return Objects.requireNonNull(target);
    }

    /** Returns the decision of the policy. In learn mode it can be a denial although the exchange is allowed. */
    public Decision decision() {
        return Objects.requireNonNull(decision);
    }

    public Operation operation() {
        return Objects.requireNonNull(decision().operation());
    }

    /** Returns the denial if the permission has ended since the decision, also by an end that a reload has added; else null. */
    public @Nullable Decision ended() {
        Decision ended = profile().ended(operation(), decision().isWrite());
        Profile now = inForce == null ? profile() : inForce.of(client());
        return ended != null || now == profile()
                ? ended
                : now.ended(operation(), decision().isWrite());
    }

    public boolean is(ExchangeState expected) {
        return state.now() == expected;
    }

    /** Records that the profile permits the request, as it was restricted. */
    public void permit(ScopedRequest judged, Decision outcome) {
        target = judged.target();
        decision = outcome;
        transform = profile().transform(operation(), judged);
        audit.decided(outcome);
        state.enter(ExchangeState.DECIDING);
    }

    /** Records the question to the daemon on which the decision waits; an abort cancels it. */
    public void ask(Future<?> asked) {
        question = asked;
        if (!is(ExchangeState.DECIDING)) {
            asked.cancel(false);
        }
    }

    /** Replaces the target by one that names the judged object by its id. Returns false after an abort. */
    public boolean identify(RequestTarget byId) {
        target = byId;
        question = null; // its answer can have some MiB, and the exchange can last
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

    /** Sets the transform that removes objects of other profiles from the response. */
    public void show(ResponseTransform part) {
        transform = ChainedTransform.of(part, profile().commonTransform(operation(), target()));
    }

    /** Adds a check of the response, which comes before other changes to it. */
    public void check(ResponseTransform part) {
        transform = ChainedTransform.of(part, transform);
    }

    /** Returns the transform of the response, or null if the response passes byte for byte. */
    public @Nullable ResponseTransform transform() {
        return transform;
    }

    @Override
    public void withhold(String code) {
        audit.withheld(code);
    }

    /** Records a denial, and returns the response. */
    public ErrorReply deny(Denial denial) {
        if (denial.decision() == null) {
            deny(denial.code());
        } else {
            audit.denied(denial.decision());
            state.enter(ExchangeState.DENIED);
            watch.end();
        }
        return denial.reply();
    }

    /** Records that the request is denied for a reason other than the policy; see {@link #deny(String, String)}. */
    public void deny(String code) {
        deny(code, null);
    }

    /** Records that an extension, or null, denies the request. The code is stable, in lower case, with dashes. */
    public void deny(String code, @Nullable String extension) {
        audit.deny(code, extension);
        state.enter(ExchangeState.DENIED);
        watch.end();
    }

    /** Records that the proxy reads the body to judge it, until {@link #hold}. */
    public void readForJudge() {
        enterOrClose(ExchangeState.READING_BODY);
    }

    /** Records that the whole body was read and judged; these bytes are forwarded in its place. */
    public void hold(ByteBuffer judged) {
        heldBody = judged;
        state.enter(ExchangeState.DECIDING);
    }

    /** Replaces the held body by one that was judged as well, before {@link #identify}. */
    public void replaceBody(ByteBuffer judged) {
        heldBody = judged;
    }

    /** Returns the results of the steps of {@code CREATE=safe}. */
    public CreateNotes notes() {
        return audit.notes();
    }

    /** Returns the judged body; empty if the request has none. */
    public ByteBuffer heldBody() {
        return heldBody == null ? ByteBuffer.allocate(0) : heldBody.duplicate();
    }

    public boolean isBodyHeld() {
        return heldBody != null;
    }

    /** Returns true if the proxy streams the request body to the daemon: there is a body, and it is not held. */
    public boolean isBodyStreamed() {
        return clientSide.hasBody() && heldBody == null;
    }

    /** Returns the request body as content for the request to the daemon. */
    public RequestBody readBody() {
        Content.Source source = heldBody == null ? clientSide.request() : new ByteBufferContentSource(heldBody);
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
            audit.forwarded();
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

    /** Aborts the request or the question to the daemon; closes the tunnel, or the connection if its body is being read. */
    @Override
    public void abort(Throwable cause) {
        ExchangeState before = state.enter(ExchangeState.ABORTED);
        Upgrade upgraded = upgrade;
        if (upgraded != null) {
            upgraded.tunnel().close(cause);
            return;
        }
        Future<?> asked = question;
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
        return isTunnel() || operation().isEndless();
    }

    @Override
    public boolean isStillAllowed(Profiles profiles) {
        return !isEndless() && !(isBodyComing() && ExchangeState.isAwaitingBody(state.now()))
                || profiles.of(client()).letsContinue(operation(), decision().isWrite(), profile());
    }

    @Override
    public boolean isUploadTooSlow(long nowNanos) {
        RequestBody read = body;
        return read != null && read.isTooSlow(nowNanos);
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
        return heldBody == null && isBodyIncomplete();
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
        }
    }
}
