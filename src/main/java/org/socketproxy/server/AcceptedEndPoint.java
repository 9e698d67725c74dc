package org.socketproxy.server;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.util.thread.Scheduler;

/** A client's connection, counted from its begin to its end: it outlives the HTTP on it when it becomes a tunnel. */
final class AcceptedEndPoint extends SocketChannelEndPoint {
    private final ConnectionLimits.Admission admission;

    AcceptedEndPoint(
            SocketChannel channel,
            ManagedSelector selector,
            SelectionKey key,
            Scheduler scheduler,
            ConnectionLimits limits) {
        super(channel, selector, key, scheduler);
        this.admission = limits.admit(client(getRemoteSocketAddress()));
    }

    /** The address without port, as audit records have it. */
    static String client(SocketAddress address) {
        return address instanceof InetSocketAddress internet && internet.getAddress() != null
                ? internet.getAddress().getHostAddress()
                : "unix";
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
        }
    }
}
