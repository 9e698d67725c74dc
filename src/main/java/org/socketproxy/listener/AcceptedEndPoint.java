package org.socketproxy.listener;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.security.cert.X509Certificate;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.util.thread.Scheduler;
import org.socketproxy.client.Client;
import org.socketproxy.jetty.EndPoints;
import org.socketproxy.jetty.ReadSavingEndPoint;
import org.socketproxy.jetty.SelectorAssignment;

/**
 * A client's connection, counted from its begin to its end: it outlives the HTTP on it when it becomes a tunnel. A selector
 * manager must close it if it fails before it is open; Jetty closes only its channel then.
 */
final class AcceptedEndPoint extends ReadSavingEndPoint implements Client.Known {
    private volatile Client client;
    private final ConnectionLimits.Admission admission;
    private final SelectorAssignment assignment;

    AcceptedEndPoint(
            SocketChannel channel,
            ManagedSelector selector,
            SelectionKey key,
            Scheduler scheduler,
            ConnectionLimits limits,
            SelectorAssignment assignment) {
        super(channel, selector, key, scheduler);
        this.assignment = assignment;
        this.client = client(channel);
        this.admission = limits.admit(client);
    }

    /** On a Unix socket the system says who connected; whom it cannot name by this machine's users it numbers. */
    private static Client client(SocketChannel channel) {
        try {
            if (channel.getRemoteAddress() instanceof InetSocketAddress internet) {
                return Client.at(internet.getAddress().getHostAddress());
            }
            UnixDomainPrincipal peer = channel.getOption(ExtendedSocketOptions.SO_PEERCRED);
            return Client.unix(peer.user().getName(), peer.group().getName());
        } catch (IOException | UnsupportedOperationException unknown) {
            return Client.at(null);
        }
    }

    /** The connection itself below what is spoken on it; only connections of ours have listeners. */
    static AcceptedEndPoint below(EndPoint endPoint) {
        return (AcceptedEndPoint) EndPoints.unwrap(endPoint);
    }

    /** Its client has shown a certificate that we trust. */
    void shows(X509Certificate certificate) {
        client = client.showing(certificate);
    }

    @Override
    public Client client() {
        return client;
    }

    ConnectionLimits.Admission admission() {
        return admission;
    }

    @Override
    public void onClose(Throwable cause) {
        try {
            super.onClose(cause);
        } finally {
            admission.release();
            assignment.release(selector());
        }
    }
}
