package org.socketproxy.jetty;

import java.net.SocketTimeoutException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * End point below TLS with a timeout for the TLS handshake: a daemon that accepts the connection but sends no handshake
 * is treated like a connect timeout.
 *
 * <p>Specialises {@link DaemonEndPoint}, because Jetty has no timeout for the handshake of a client connection. After
 * an upgrade of Jetty check that the protocol of the {@code SSLSession} is {@code NONE} until the handshake is
 * complete.
 */
public final class SecureDaemonEndPoint extends DaemonEndPoint {
    private static final String NO_SESSION = "NONE"; // SSLSession.getProtocol before the handshake is complete

    private final Scheduler scheduler;
    private final long handshakeTimeoutMillis;

    /**
     * Creates the end point of a channel that is registered with the selector.
     *
     * @param handshakeTimeoutMillis from the opening of the connection to the end of the handshake
     */
    public SecureDaemonEndPoint(
            SocketChannel channel,
            ManagedSelector selector,
            SelectionKey key,
            Scheduler scheduler,
            long handshakeTimeoutMillis) {
        super(channel, selector, key, scheduler);
        this.handshakeTimeoutMillis = handshakeTimeoutMillis;
        this.scheduler = scheduler;
    }

    @Override
    public void onOpen() {
        super.onOpen();
        scheduler.schedule(this::checkHandshake, handshakeTimeoutMillis, TimeUnit.MILLISECONDS);
    }

    private void checkHandshake() {
        boolean isHandshakeComplete = getConnection() instanceof SslConnection secure
                && !secure.getSSLEngine().getSession().getProtocol().equals(NO_SESSION);
        if (isOpen() && !isHandshakeComplete) {
            close(new SocketTimeoutException("TLS handshake timed out"));
        }
    }
}
