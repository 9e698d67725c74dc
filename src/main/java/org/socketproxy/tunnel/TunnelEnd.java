package org.socketproxy.tunnel;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.ClientConnection;

/**
 * One end of a {@link HijackTunnel}: reads from its end point and writes to that of its peer. The next read waits for the write, which
 * gives back-pressure.
 */
final class TunnelEnd extends AbstractConnection implements Connection.UpgradeTo {
    private static final int BUFFER_BYTES = 64 * 1024;
    /** Bytes without a pause, after which the thread, often that of a selector, serves other connections. */
    private static final int TURN_BYTES = 1 << 20;

    private final ByteBufferPool pool;
    private final Pump pump = new Pump();
    private final Callback fillable = Callback.from(InvocationType.NON_BLOCKING, pump::iterate, this::readFailed);
    private @Nullable HijackTunnel tunnel;
    private @Nullable TunnelEnd peer;
    private @Nullable ByteBuffer earlyBytes;
    private final AtomicLong bytesRead = new AtomicLong();
    private volatile boolean isInputEnded;

    TunnelEnd(EndPoint endPoint, ClientConnection clientSide) {
        super(endPoint, clientSide.executor());
        this.pool = clientSide.request().getComponents().getByteBufferPool();
    }

    /** Called before the connection is opened. */
    void connect(HijackTunnel owner, TunnelEnd other) {
        tunnel = owner;
        peer = other;
    }

    private HijackTunnel tunnel() {
        return Objects.requireNonNull(tunnel);
    }

    private TunnelEnd peer() {
        return Objects.requireNonNull(peer);
    }

    boolean isInputEnded() {
        return isInputEnded;
    }

    /** Returns the number of received bytes. */
    long bytesRead() {
        return bytesRead.get();
    }

    void shutdownOutput() {
        getEndPoint().shutdownOutput();
    }

    void start() {
        pump.iterate();
    }

    /** Keeps bytes after the head and before the upgrade. */
    @Override
    public void onUpgradeTo(ByteBuffer buffer) {
        earlyBytes = BufferUtil.copy(buffer);
    }

    @Override
    public void onOpen() {
        super.onOpen();
        getEndPoint().setIdleTimeout(0);
        tunnel().endOpened();
    }

    @Override
    public void onFillable() {
        pump.iterate();
    }

    private void readFailed(Throwable cause) {
        tunnel().close(cause);
    }

    @Override
    public boolean onIdleExpired(TimeoutException timeout) {
        return false;
    }

    private final class Pump extends IteratingCallback {
        private @Nullable RetainableByteBuffer buffer;
        private int bytesInThisTurn;

        @Override
        protected Action process() throws Exception {
            ByteBuffer first = earlyBytes;
            if (first != null) {
                earlyBytes = null;
                return forward(first);
            }
            if (bytesInThisTurn > TURN_BYTES) {
                bytesInThisTurn = 0;
                getExecutor().execute(this::succeeded);
                return Action.SCHEDULED;
            }
            if (buffer == null) {
                buffer = pool.acquire(BUFFER_BYTES, true);
            }
            ByteBuffer filled = buffer.getByteBuffer();
            BufferUtil.clear(filled);
            int count = getEndPoint().fill(filled);
            if (count > 0) {
                bytesInThisTurn += count;
                return forward(filled);
            }
            release();
            bytesInThisTurn = 0;
            if (count == 0) {
                tryFillInterested(fillable);
                return Action.IDLE;
            }
            return Action.SUCCEEDED;
        }

        private Action forward(ByteBuffer bytes) {
            bytesRead.addAndGet(bytes.remaining());
            peer().getEndPoint().write(this, bytes);
            return Action.SCHEDULED;
        }

        @Override
        protected void onCompleteSuccess() {
            isInputEnded = true;
            tunnel().inputEnded(TunnelEnd.this, peer());
        }

        @Override
        protected void onCompleteFailure(Throwable cause) {
            release();
            tunnel().close(cause);
        }

        private void release() {
            if (buffer != null) {
                buffer.release();
                buffer = null;
            }
        }

        @Override
        public InvocationType getInvocationType() {
            return InvocationType.NON_BLOCKING;
        }
    }
}
