package org.socketproxy.exchange;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.socketproxy.jetty.EndPoints;

/**
 * Detects that a client disconnects during an exchange while no bytes flow. Jetty does not read from an HTTP/1.1
 * connection during an exchange, so the detector reads from the end point itself. The connection has no idle timeout
 * until the exchange ends.
 *
 * <p>It returns the bytes of a pipelined request to the connection and continues after them, up to
 * {@value #MAX_EARLY_BYTES} bytes. Further bytes stay in the socket buffer, and hide a later disconnect.
 *
 * <p>Threading: thread-safe, one lock.
 */
final class DisconnectDetector implements Callback {
    private static final int READ_BYTES = 4096;
    /** Plus one read this is less than the request buffer of the connection. */
    private static final int MAX_EARLY_BYTES = 4 * READ_BYTES;

    private final HttpConnection connection;
    /** The end point that the connection reads from, below the PROXY protocol of another server's connector. */
    private final AbstractEndPoint endPoint;
    /** The end point of the socket. With TLS only this one records when bytes flow. */
    private final AbstractEndPoint socketEndPoint;

    private final Callback onDisconnect;
    private final long idleTimeoutMillis;
    private int earlyBytes;
    private boolean isArmed;
    private boolean isOver;

    private DisconnectDetector(
            HttpConnection connection,
            AbstractEndPoint endPoint,
            AbstractEndPoint socketEndPoint,
            Callback onDisconnect) {
        this.connection = connection;
        this.endPoint = endPoint;
        this.socketEndPoint = socketEndPoint;
        this.onDisconnect = onDisconnect;
        this.idleTimeoutMillis = endPoint.getIdleTimeout();
    }

    /**
     * Creates a detector for a connection, or returns null if the end points of its connector do not support it.
     *
     * @param onDisconnect failed with the cause when the client disconnects
     */
    static @Nullable DisconnectDetector of(HttpConnection connection, Callback onDisconnect) {
        AbstractEndPoint own = EndPoints.nearest(connection.getEndPoint());
        return own != null && EndPoints.unwrap(own) instanceof AbstractEndPoint socketEndPoint
                ? new DisconnectDetector(connection, own, socketEndPoint, onDisconnect)
                : null;
    }

    /** Switches the idle timeout off, so that the exchange can last without traffic. */
    synchronized void disableIdleTimeout() {
        if (!isOver) {
            endPoint.setIdleTimeout(0);
        }
    }

    /**
     * Starts detection. Call it only after the request is fully read; before that the reader of the body sees a
     * disconnect. Call it without a lock, because a connection that is already closed fails the callback at once.
     */
    void arm() {
        registerInterest();
        failIfClosed();
    }

    private synchronized void registerInterest() {
        if (!isOver && !isArmed && earlyBytes == 0 && connection.isRequestBufferEmpty()) {
            isArmed = endPoint.tryFillInterested(this);
        }
    }

    /** Jetty accepts interest in a socket that the proxy has closed below TLS, and then never fails it. */
    private void failIfClosed() {
        if (!socketEndPoint.isOpen()) {
            endPoint.getFillInterest().onFail(new EofException("The connection is closed"));
        }
    }

    /** Ends detection. Call it before the exchange completes, because Jetty closes a connection with a pending read. */
    synchronized void disarm() {
        if (isOver) {
            return;
        }
        isOver = true;
        if (isArmed) {
            endPoint.getFillInterest().onFail(new EofException("Disconnect detection has ended"));
        }
        // Restarts the idle period, because setIdleTimeout checks at once how long the end point has been idle.
        socketEndPoint.notIdle();
        endPoint.setIdleTimeout(idleTimeoutMillis);
    }

    @Override
    public void succeeded() {
        Throwable disconnect = readOnce();
        if (disconnect != null) {
            onDisconnect.failed(disconnect);
        } else {
            failIfClosed();
        }
    }

    private synchronized @Nullable Throwable readOnce() {
        isArmed = false;
        if (isOver) {
            return null;
        }
        ByteBuffer early = BufferUtil.allocate(READ_BYTES);
        try {
            int filled = endPoint.fill(early);
            if (filled < 0) {
                return new EofException("The client has disconnected");
            }
            if (filled > 0) {
                earlyBytes += filled;
                connection.onUpgradeTo(early);
            }
            isArmed = earlyBytes < MAX_EARLY_BYTES && endPoint.tryFillInterested(this);
            return null;
        } catch (IOException broken) {
            return broken;
        }
    }

    @Override
    public void failed(Throwable cause) {
        if (isActive()) {
            onDisconnect.failed(cause);
        }
    }

    private synchronized boolean isActive() {
        return !isOver;
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }
}
