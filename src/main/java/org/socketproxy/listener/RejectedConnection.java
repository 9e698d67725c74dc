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

/**
 * The last words on a connection that is not served: one answer, then the end. It comes when the client has begun to
 * send, since some clients take an answer to no question for a fault; what it still sends is thrown away for a moment,
 * since closing on unread bytes resets the connection and the reset would overtake the answer.
 *
 * <p>Threading: event-driven; it holds neither a thread nor a buffer, for two seconds at most.
 */
final class RejectedConnection extends AbstractConnection {
    private static final long LONGEST_MILLIS = 2000;
    private static final int LARGEST_BYTES = 1 << 20;
    private static final int BUFFER_BYTES = 4096;

    private final Scheduler scheduler;
    private final ByteBuffer answer;
    private final AtomicBoolean isAnswered = new AtomicBoolean();
    private final Callback fillable = Callback.from(InvocationType.NON_BLOCKING, this::onFillable, this::abandon);
    private Scheduler.@Nullable Task deadline;
    private int thrownAway;

    /** @param answer a whole response */
    RejectedConnection(Connector connector, EndPoint endPoint, ByteBuffer answer) {
        super(endPoint, connector.getExecutor());
        this.scheduler = connector.getScheduler();
        this.answer = answer;
    }

    @Override
    public void onOpen() {
        super.onOpen();
        deadline = scheduler.schedule(this::end, LONGEST_MILLIS, TimeUnit.MILLISECONDS);
        fillInterested(fillable);
    }

    /** Without waiting for the client. */
    void answer() {
        if (isAnswered.compareAndSet(false, true)) {
            getEndPoint().write(Callback.from(getEndPoint()::shutdownOutput, this::abandon), answer);
        }
    }

    @Override
    public void onFillable() {
        ByteBuffer read = BufferUtil.allocate(BUFFER_BYTES);
        try {
            while (thrownAway < LARGEST_BYTES) {
                BufferUtil.clear(read);
                int count = getEndPoint().fill(read);
                if (count == 0) {
                    fillInterested(fillable);
                    return;
                }
                if (count < 0) {
                    break;
                }
                thrownAway += count;
                answer();
            }
            end();
        } catch (IOException broken) {
            abandon(broken);
        }
    }

    private void end() {
        answer();
        getEndPoint().close();
    }

    private void abandon(Throwable cause) {
        getEndPoint().close(cause);
    }

    @Override
    public void onClose(@Nullable Throwable cause) {
        Scheduler.Task pending = deadline;
        if (pending != null) {
            pending.cancel();
        }
        super.onClose(cause);
    }
}
