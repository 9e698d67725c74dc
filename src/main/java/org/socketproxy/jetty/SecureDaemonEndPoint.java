package org.socketproxy.jetty;

import java.net.SocketTimeoutException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.util.thread.Scheduler;

/** One below TLS: who takes the connection and then says nothing is given up, as one who does not take it. */
public final class SecureDaemonEndPoint extends DaemonEndPoint {
    private static final String NO_SESSION = "NONE"; // of SSLSession.getProtocol, until the handshake is over

    private final Scheduler scheduler;
    private final long handshakeTimeoutMillis;

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
        boolean isSecret = getConnection() instanceof SslConnection secure
                && !secure.getSSLEngine().getSession().getProtocol().equals(NO_SESSION);
        if (isOpen() && !isSecret) {
            close(new SocketTimeoutException("No TLS handshake in time"));
        }
    }
}
