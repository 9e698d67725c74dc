package org.socketproxy.listener;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.security.cert.X509Certificate;
import jdk.net.ExtendedSocketOptions;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.Client;
import org.socketproxy.client.UnixPeer;
import org.socketproxy.jetty.EndPoints;
import org.socketproxy.jetty.ReadSavingEndPoint;
import org.socketproxy.tls.ClientTrust;

/**
 * End point of a client's connection, counted by {@link ConnectionLimits} until it closes, also as a tunnel after HTTP.
 * A selector manager must close it if the connection fails before it is open, because Jetty then closes only the
 * channel.
 */
final class AcceptedEndPoint extends ReadSavingEndPoint implements Client.Identified {
    private volatile Client client;
    private final ConnectionLimits.Admission admission;
    private volatile ClientTrust.@Nullable Chain chain;
    private final HeadReadQuota headTurn = new HeadReadQuota();
    private final long openedNanos = System.nanoTime();

    /**
     * @param listener name of the listener, or null
     * @param isTls whether the client is known only after the TLS handshake
     */
    AcceptedEndPoint(
            SocketChannel channel,
            ManagedSelector selector,
            SelectionKey key,
            Scheduler scheduler,
            @Nullable String listener,
            boolean isTls,
            ConnectionLimits limits) {
        super(channel, selector, key, scheduler);
        this.client = client(listener, channel);
        this.admission = limits.admit(client, !isTls);
    }

    /**
     * Identifies the client of a Unix socket by SO_PEERCRED: names, or numeric ids of users that this system does not
     * know.
     */
    private static Client client(@Nullable String listener, SocketChannel channel) {
        String socket = null;
        try {
            if (channel.getRemoteAddress() instanceof InetSocketAddress internet) {
                return Client.tcp(listener, internet.getAddress(), channel.getLocalAddress());
            }
            socket = String.valueOf(channel.getLocalAddress());
            return Client.unix(listener, socket, UnixPeer.of(channel.getOption(ExtendedSocketOptions.SO_PEERCRED)));
        } catch (IOException | UnsupportedOperationException unknown) {
            return Client.unix(listener, socket, null);
        }
    }

    /** Returns the accepted end point below the end points of TLS. */
    static AcceptedEndPoint of(EndPoint endPoint) {
        return (AcceptedEndPoint) EndPoints.unwrap(endPoint);
    }

    /**
     * Completes the identity of the client after the TLS handshake.
     *
     * @param certificate trusted, or null
     * @param sent the chain of the certificate, or null
     */
    void identify(@Nullable X509Certificate certificate, ClientTrust.@Nullable Chain sent) {
        if (certificate != null) {
            client = client.withCertificate(certificate);
        }
        chain = sent;
        admission.identified(client);
    }

    /** Compares with the monotonic clock: a changed system clock neither closes connections nor keeps them. */
    boolean isOpenedBefore(long nanoTime) {
        return openedNanos - nanoTime < 0;
    }

    /** Returns the chain of the client's certificate, or null without one. */
    ClientTrust.@Nullable Chain chain() {
        return chain;
    }

    @Override
    public Client client() {
        return client;
    }

    ConnectionLimits.Admission admission() {
        return admission;
    }

    /** Returns the limit of the bytes that the HTTP parser reads at a time. */
    HeadReadQuota headTurn() {
        return headTurn;
    }

    @Override
    public int fill(ByteBuffer buffer) throws IOException {
        return headTurn.fill(buffer, super::fill);
    }

    @Override
    public void onClose(Throwable cause) {
        try {
            super.onClose(cause);
        } finally {
            admission.release();
        }
    }
}
