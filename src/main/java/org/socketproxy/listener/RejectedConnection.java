package org.socketproxy.listener;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.ErrorReply;

/**
 * Sends one error response, then closes the connection. The response is sent after the first bytes of the client,
 * because some clients report a response before their request as an error. Further bytes are discarded for up to two
 * seconds: a close with unread bytes sends RST, and the client would lose the response.
 *
 * <p>Threading: event-driven; a waiting connection uses neither a thread nor a buffer.
 */
final class RejectedConnection extends AbstractConnection {
    private static final long MAX_MILLIS = 2000;
    private static final int MAX_DISCARDED_BYTES = 1 << 20;
    private static final int BUFFER_BYTES = 4096;

    private final Scheduler scheduler;
    private final ByteBuffer response;
    private final AtomicBoolean isResponseSent = new AtomicBoolean();
    private final Callback fillable =
            Callback.from(InvocationType.NON_BLOCKING, this::onFillable, this::closeOnFailure);
    private Scheduler.@Nullable Task timeout;
    private int discardedBytes;

    /** @param response a complete HTTP response, or an empty buffer to close the connection at once */
    RejectedConnection(Connector connector, EndPoint endPoint, ByteBuffer response) {
        super(endPoint, connector.getExecutor());
        this.scheduler = connector.getScheduler();
        this.response = response;
    }

    /** Creates the connection of a client beyond a limit. */
    static RejectedConnection of(ConnectionLimits.Admission admission, Connector connector, EndPoint endPoint) {
        ErrorReply reply = admission.reply();
        ByteBuffer answer = reply == null
                ? BufferUtil.EMPTY_BUFFER
                : reply.retryAfter(ConnectionLimits.RETRY_AFTER_SECONDS).toBytes();
        return new RejectedConnection(connector, endPoint, answer);
    }

    @Override
    public void onOpen() {
        super.onOpen();
        if (!response.hasRemaining()) {
            getEndPoint().close(); // each waiting connection has a file descriptor
            return;
        }
        timeout = scheduler.schedule(this::finish, MAX_MILLIS, TimeUnit.MILLISECONDS);
        fillInterested(fillable);
    }

    /** Sends the response without waiting for bytes of the client. */
    void respond() {
        if (isResponseSent.compareAndSet(false, true)) {
            getEndPoint().write(Callback.from(getEndPoint()::shutdownOutput, this::closeOnFailure), response);
        }
    }

    @Override
    public void onFillable() {
        ByteBuffer read = BufferUtil.allocate(BUFFER_BYTES);
        try {
            while (discardedBytes < MAX_DISCARDED_BYTES) {
                BufferUtil.clear(read);
                int count = getEndPoint().fill(read);
                if (count == 0) {
                    fillInterested(fillable);
                    return;
                }
                if (count < 0) {
                    break;
                }
                discardedBytes += count;
                respond();
            }
            finish();
        } catch (IOException broken) {
            closeOnFailure(broken);
        }
    }

    private void finish() {
        respond();
        getEndPoint().close();
    }

    private void closeOnFailure(Throwable cause) {
        getEndPoint().close(cause);
    }

    @Override
    public void onClose(@Nullable Throwable cause) {
        Scheduler.Task pending = timeout;
        if (pending != null) {
            pending.cancel();
        }
        super.onClose(cause);
    }
}
