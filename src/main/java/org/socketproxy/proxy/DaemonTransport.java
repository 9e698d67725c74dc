package org.socketproxy.proxy;

import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.util.thread.Scheduler;

/** The way to a daemon's Unix socket. */
final class DaemonTransport extends Transport.TCPUnix {
    DaemonTransport(Path socket) {
        super(socket);
    }

    @Override
    public EndPoint newEndPoint(
            Scheduler scheduler, ManagedSelector selector, SelectableChannel selectable, SelectionKey selectionKey) {
        return new DaemonEndPoint((SocketChannel) selectable, selector, selectionKey, scheduler);
    }
}
