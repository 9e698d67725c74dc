package org.socketproxy.proxy;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.util.IO;
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

    /**
     * Where the selector of the client's connection is known, the daemon's is opened on the same: one thread then carries the
     * exchange, and none has to be woken for the other half. A Unix socket is connected at once or not at all; what is not,
     * goes the usual way, which waits where a backlog is full, and says what failed.
     */
    @Override
    public void connect(SocketAddress address, Map<String, Object> context) {
        if (!(context.get(Destination.CONTEXT_KEY) instanceof Destination destination)
                || !(destination.getOrigin().getTag() instanceof ManagedSelector selector)
                || !connectOn(selector, address, context)) {
            super.connect(address, context);
        }
    }

    private boolean connectOn(ManagedSelector selector, SocketAddress address, Map<String, Object> context) {
        SelectableChannel opened = null;
        try {
            opened = newSelectableChannel();
            opened.configureBlocking(false);
            if (((SocketChannel) opened).connect(address)) {
                open(selector, opened, context);
                return true;
            }
        } catch (IOException | ClosedSelectorException cannot) {
            // The usual way will meet the same, and tell.
        }
        IO.close(opened);
        return false;
    }

    /** The steps by which a selector of Jetty's takes a connection. */
    private void open(ManagedSelector selector, SelectableChannel channel, Map<String, Object> context)
            throws IOException {
        var connector = (ClientConnector) Objects.requireNonNull(context.get(ClientConnector.CONTEXT_KEY));
        SelectionKey key = channel.register(selector.getSelector(), 0);
        EndPoint endPoint = newEndPoint(connector.getScheduler(), selector, channel, key);
        endPoint.setIdleTimeout(connector.getIdleTimeout().toMillis());
        Connection connection = newConnection(endPoint, context);
        endPoint.setConnection(connection);
        key.attach(endPoint);
        endPoint.onOpen();
        connection.onOpen();
    }
}
