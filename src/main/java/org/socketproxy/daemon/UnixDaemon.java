package org.socketproxy.daemon;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.util.IO;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.socketproxy.daemon.Daemon.BlockingConnection;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.jetty.DaemonEndPoint;

/** Daemon on a Unix socket. */
final class UnixDaemon extends Daemon {
    private final Path socket;
    private final Transport transport;

    UnixDaemon(Path socket) {
        this.socket = socket;
        this.transport = new UnixTransport(socket);
    }

    @Override
    public String address() {
        return "unix://" + socket;
    }

    @Override
    public Transport transport() {
        return transport;
    }

    /** One pool per selector, so that one thread serves both connections of an exchange. */
    @Override
    @Nullable
    public Object pool(ClientConnection clientSide) {
        return clientSide.selector();
    }

    @Override
    public String scheme() {
        return "http";
    }

    @Override
    public String host() {
        return "docker";
    }

    @Override
    public int port() {
        return 80;
    }

    @Override
    public @Nullable HttpField hostField() {
        return null;
    }

    @Override
    BlockingConnection openBlocking(Duration timeout) throws IOException {
        SocketChannel channel = UnixTransport.connected(UnixDomainSocketAddress.of(socket));
        try {
            channel.configureBlocking(true);
            return BlockingConnection.over(channel);
        } catch (IOException broken) {
            channel.close();
            throw broken;
        }
    }

    @Override
    String timeoutHint() {
        return "";
    }

    @Override
    String reason(Throwable failure) {
        if (Files.notExists(socket)) {
            return "this socket does not exist. Is the daemon running, and is the socket mounted here?";
        }
        if (Files.isDirectory(socket)) {
            return "this is a directory. Docker creates one if the socket to mount does not exist: remove it, start the daemon,"
                    + " and recreate this container";
        }
        if (!Files.isWritable(socket) || hasMessage(failure, "Permission denied")) {
            return "permission denied on this socket. Run the proxy with the group that owns it (group_add in compose)";
        }
        if (isRefused(failure)) {
            return "it refused the connection: no process listens there. Is the daemon running?";
        }
        return "it closed the connection or did not speak HTTP";
    }

    static final class UnixTransport extends Transport.TCPUnix {
        UnixTransport(Path socket) {
            super(socket);
        }

        @Override
        public EndPoint newEndPoint(
                Scheduler scheduler,
                ManagedSelector selector,
                SelectableChannel selectable,
                SelectionKey selectionKey) {
            return new DaemonEndPoint((SocketChannel) selectable, selector, selectionKey, scheduler);
        }

        /**
         * Opens the connection on the selector of the client's connection, if it is known, to save a wake-up. {@code connect} on a Unix
         * socket completes or fails at once, and needs no OP_CONNECT; after EAGAIN a selector would report the channel as connected.
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
            } catch (IOException | RuntimeException failed) {
                IO.close(channel);
                promise(context).failed(failed);
            }
        }

        /**
         * Returns a connected channel in non-blocking mode.
         *
         * @throws FullBacklogException if the listen backlog of the daemon is full
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

        /** On EAGAIN some JDK versions throw a plain {@link SocketException}, and some return false. */
        private static boolean connect(SocketChannel channel, SocketAddress address) throws IOException {
            try {
                return channel.connect(address);
            } catch (SocketException failed) {
                if (Daemon.hasMessage(failed, "temporarily unavailable")) {
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

        /** Registers the channel and opens its connection, as {@link ManagedSelector} does. */
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
}
