package org.socketproxy.exchange;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.socketproxy.jetty.EndPoints;

/**
 * Notices that a client has gone while its exchange is under way and nothing flows: Jetty does not read from an HTTP/1.1
 * connection then, so the watch asks the end point itself. An exchange that is
 * looked after has no idle timeout, until it ends.
 *
 * <p>Of a client that sends its next request early the bytes go back to the connection, and it is watched behind them, up
 * to {@value #MOST_EARLY_BYTES} bytes: what it sends beyond waits in the system's buffers, and hides that it leaves.
 *
 * <p>Threading: armed, told and disarmed by different threads, under one lock.
 */
final class DisconnectDetector implements Callback {
    private static final int EARLY_BYTES = 4096;
    /** With the last of them, less than the connection's buffer holds. */
    private static final int MOST_EARLY_BYTES = 4 * EARLY_BYTES;

    private final HttpConnection connection;
    /** What the connection reads from, without the PROXY protocol that a server's own connector may have put over it. */
    private final AbstractEndPoint endPoint;
    /** The same, or what carries it: where TLS is spoken, only that knows when bytes flow. */
    private final AbstractEndPoint line;

    private final Callback whenGone;
    private final long idleTimeoutMillis;
    private int earlyBytes;
    private boolean isArmed;
    private boolean isOver;

    private DisconnectDetector(
            HttpConnection connection, AbstractEndPoint endPoint, AbstractEndPoint line, Callback whenGone) {
        this.connection = connection;
        this.endPoint = endPoint;
        this.line = line;
        this.whenGone = whenGone;
        this.idleTimeoutMillis = endPoint.getIdleTimeout();
    }

    /**
     * A watch on the client of a connection, or null if the end points of its connector do not allow any.
     *
     * @param whenGone failed with the reason once the client has gone
     */
    static @Nullable DisconnectDetector of(HttpConnection connection, Callback whenGone) {
        EndPoint endPoint = connection.getEndPoint();
        while (!(endPoint instanceof AbstractEndPoint) && endPoint instanceof EndPoint.Wrapper wrapper) {
            endPoint = wrapper.unwrap();
        }
        return endPoint instanceof AbstractEndPoint own && EndPoints.unwrap(own) instanceof AbstractEndPoint line
                ? new DisconnectDetector(connection, own, line, whenGone)
                : null;
    }

    /** Lets the exchange last as long as it will. */
    synchronized void lift() {
        if (!isOver) {
            endPoint.setIdleTimeout(0);
        }
    }

    /** Only when the request is read to its end: until then, whoever reads its body sees the client leave. */
    synchronized void arm() {
        if (!isOver && !isArmed && earlyBytes == 0 && connection.isRequestBufferEmpty()) {
            isArmed = endPoint.tryFillInterested(this);
        }
    }

    /** Must come before the exchange completes: Jetty closes a connection that somebody still reads from. */
    synchronized void disarm() {
        if (isOver) {
            return;
        }
        isOver = true;
        if (isArmed) {
            endPoint.getFillInterest().onFail(new EofException("The watch is over"));
        }
        // It is idle from now on: setting the timeout looks at once how long no byte has flowed.
        line.notIdle();
        endPoint.setIdleTimeout(idleTimeoutMillis);
    }

    @Override
    public void succeeded() {
        Throwable gone = look();
        if (gone != null) {
            whenGone.failed(gone);
        }
    }

    private synchronized @Nullable Throwable look() {
        isArmed = false;
        if (isOver) {
            return null;
        }
        ByteBuffer early = BufferUtil.allocate(EARLY_BYTES);
        try {
            int filled = endPoint.fill(early);
            if (filled < 0) {
                return new EofException("The client has gone");
            }
            if (filled > 0) {
                earlyBytes += filled;
                connection.onUpgradeTo(early);
            }
            isArmed = earlyBytes < MOST_EARLY_BYTES && endPoint.tryFillInterested(this);
            return null;
        } catch (IOException broken) {
            return broken;
        }
    }

    @Override
    public void failed(Throwable cause) {
        if (isStillWanted()) {
            whenGone.failed(cause);
        }
    }

    private synchronized boolean isStillWanted() {
        return !isOver;
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }
}
