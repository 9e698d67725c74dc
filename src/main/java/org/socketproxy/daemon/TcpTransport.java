package org.socketproxy.daemon;

import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.util.thread.Scheduler;
import org.socketproxy.jetty.DaemonEndPoint;
import org.socketproxy.jetty.SecureDaemonEndPoint;
import org.socketproxy.jetty.TcpKeepAlive;

/** Transport to a daemon on TCP. Jetty resolves the host name and tries all addresses in order. */
final class TcpTransport extends Transport.TCPIP {
    private final boolean isSecure;

    /** @param isSecure whether its connections use TLS */
    TcpTransport(boolean isSecure) {
        this.isSecure = isSecure;
    }

    @Override
    public SelectableChannel newSelectableChannel() throws IOException {
        SocketChannel channel = SocketChannel.open();
        TcpKeepAlive.on(channel);
        return channel;
    }

    @Override
    public EndPoint newEndPoint(
            Scheduler scheduler, ManagedSelector selector, SelectableChannel selectable, SelectionKey selectionKey) {
        SocketChannel channel = (SocketChannel) selectable;
        return isSecure
                ? new SecureDaemonEndPoint(channel, selector, selectionKey, scheduler, Daemon.CONNECT_TIMEOUT_MILLIS)
                : new DaemonEndPoint(channel, selector, selectionKey, scheduler);
    }
}
