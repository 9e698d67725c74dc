package org.socketproxy.daemon;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
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
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.thread.Scheduler;
import org.socketproxy.jetty.DaemonEndPoint;

/** The way to a daemon's Unix socket. */
final class UnixTransport extends Transport.TCPUnix {
    UnixTransport(Path socket) {
        super(socket);
    }

    @Override
    public EndPoint newEndPoint(
            Scheduler scheduler, ManagedSelector selector, SelectableChannel selectable, SelectionKey selectionKey) {
        return new DaemonEndPoint((SocketChannel) selectable, selector, selectionKey, scheduler);
    }

    /**
     * Where the selector of the client's connection is known, the daemon's is opened on the same: one thread then carries the
     * exchange, and none has to be woken for the other half. A Unix socket is connected at once or not at all, and one that
     * is left unconnected by a full backlog would look connected to the selector.
     */
    @Override
    public void connect(SocketAddress address, Map<String, Object> context) {
        SocketChannel channel = null;
        try {
            channel = connected(address);
            if (context.get(Destination.CONTEXT_KEY) instanceof Destination destination
                    && destination.getOrigin().getTag() instanceof ManagedSelector selector) {
                open(selector, channel, context);
            } else {
                connector(context).accept(channel, context);
            }
        } catch (IOException | RuntimeException cannot) {
            IO.close(channel);
            promise(context).failed(cannot);
        }
    }

    /**
     * A connection that does not block.
     *
     * @throws FullBacklogException if as many wait already as the daemon's socket holds
     */
    static SocketChannel connected(SocketAddress address) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.configureBlocking(false);
            if (connect(channel, address)) {
                return channel;
            }
            throw new FullBacklogException();
        } catch (IOException | RuntimeException failed) {
            IO.close(channel);
            throw failed;
        }
    }

    /** For the system's EAGAIN some releases of Java throw, without a type, and some say that it goes on. */
    private static boolean connect(SocketChannel channel, SocketAddress address) throws IOException {
        try {
            return channel.connect(address);
        } catch (SocketException failed) {
            if (Daemon.says(failed, "temporarily unavailable")) {
                return false;
            }
            throw failed;
        }
    }

    private static ClientConnector connector(Map<String, Object> context) {
        return (ClientConnector) Objects.requireNonNull(context.get(ClientConnector.CONTEXT_KEY));
    }

    private static Promise<?> promise(Map<String, Object> context) {
        return (Promise<?>) Objects.requireNonNull(context.get(ClientConnector.CONNECTION_PROMISE_CONTEXT_KEY));
    }

    /** The steps by which a selector of Jetty's takes a connection. */
    private void open(ManagedSelector selector, SelectableChannel channel, Map<String, Object> context)
            throws IOException {
        ClientConnector connector = connector(context);
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
