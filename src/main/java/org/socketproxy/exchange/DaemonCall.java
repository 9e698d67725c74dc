package org.socketproxy.exchange;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Profiles;
import org.socketproxy.policy.Reason;

/**
 * One call of the daemon on the session of a client, from its head to the audit record. The proxy forwards it to the client.
 *
 * <p>Threading: thread-safe; it ends once.
 */
public final class DaemonCall implements ActiveExchange {
    /** Stands in the place of the HTTP method. */
    public static final String METHOD = Operation.CALL;

    private final long beginNanos = System.nanoTime();
    private final Exchange session;
    private final ExchangeAudit audit;
    private final int connection;
    private final Consumer<Throwable> abort;
    private final AtomicLong upstreamBytes = new AtomicLong();
    private final AtomicLong downstreamBytes = new AtomicLong();
    private final AtomicBoolean isEnded = new AtomicBoolean();
    private volatile @Nullable Decision decision;

    DaemonCall(Exchange session, ExchangeAudit audit, int connection, Consumer<Throwable> abort) {
        this.session = session;
        this.connection = connection;
        this.audit = audit;
        this.abort = abort;
    }

    /** Returns the number of the call in the audit log. */
    public long id() {
        return audit.id();
    }

    /** Records that the profile permits the call, which is forwarded now. */
    public void permit(Decision permitted) {
        decision = permitted;
        audit.decided(permitted);
        audit.forwarded(null);
    }

    public void deny(Decision denied) {
        audit.denied(denied);
    }

    /** Records that the call is denied for a reason other than the policy. */
    public void deny(Reason reason) {
        audit.deny(reason, null);
    }

    /** Counts bytes from the client. */
    public void addUpstream(int bytes) {
        upstreamBytes.addAndGet(bytes);
    }

    /** Counts bytes to the client. */
    public void addDownstream(int bytes) {
        downstreamBytes.addAndGet(bytes);
    }

    /**
     * Writes the audit record, once.
     *
     * @param status of HTTP with the meaning of the status of the call; 0 without one
     */
    public void end(int status) {
        if (isEnded.compareAndSet(false, true)) {
            audit.end(status, upstreamBytes.get(), downstreamBytes.get());
        }
    }

    /** It does not delay a stop of the proxy, which ends its session. */
    @Override
    public boolean isEndless() {
        return true;
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
    public ExchangeSnapshot snapshot() {
        return audit.snapshot(upstreamBytes.get(), downstreamBytes.get(), connection);
    }

    /** The session detects a disconnect. */
    @Override
    public void detectDisconnect() {}

    /** The daemon can wait for a person who unlocks a key. */
    @Override
    public boolean isUploadTooSlow(long nowNanos) {
        return false;
    }

    @Override
    public boolean isStillAllowed(Profiles profiles) {
        Decision permitted = decision;
        Operation operation = permitted == null ? null : permitted.operation();
        return operation == null
                || permitted == null
                || profiles.of(session.client())
                        .letsContinue(
                                operation, permitted.isWrite(), session.trial().profile());
    }

    @Override
    public void withhold(Reason reason) {
        audit.withheld(reason);
    }

    @Override
    public void abort(Throwable cause) {
        abort.accept(cause);
    }
}
