package org.socketproxy.listener;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.HostPort;
import org.eclipse.jetty.util.IO;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.config.Limits;
import org.socketproxy.config.Setting;
import org.socketproxy.config.StartException;
import org.socketproxy.config.UnixAddress;
import org.socketproxy.jetty.SelectorCount;

/**
 * Accepts connections on a Unix socket, with the same settings as {@link TcpConnector}. Jetty's own connector would close an inherited
 * socket.
 */
public final class UnixConnector extends AbstractConnector {
    private final ConnectionLimits connectionLimits;
    private final RequestHeaderTimeout headerTimeout;
    private final UnixAddress address;
    private final SocketFile file;
    private final AcceptPause pause;
    private final SelectorManager selectors;
    private volatile @Nullable ServerSocketChannel channel;
    private @Nullable InheritedSocket inherited;
    private boolean isSharing;

    /** Creates a connector for one socket file. */
    public UnixConnector(
            Server server,
            UnixAddress address,
            Limits limits,
            ConnectionLimits connectionLimits,
            RejectionCounter rejections) {
        super(server, null, null, null, 1, TcpConnector.factories(limits, connectionLimits, null, rejections));
        // The path of the socket is no authority, and Jetty needs one for the HTTP/2 preface, which has no Host.
        getConnectionFactory(DockerHttpConnectionFactory.class)
                .getHttpConfiguration()
                .setServerAuthority(new HostPort("docker"));
        this.connectionLimits = connectionLimits;
        this.headerTimeout = new RequestHeaderTimeout(limits.headerTimeout(), getConnectedEndPoints(), getScheduler());
        this.address = address;
        this.file = new SocketFile(address);
        this.pause = new AcceptPause(address.toString());
        this.selectors = new Selectors();
        installBean(selectors, true);
        setIdleTimeout(TcpConnector.IDLE_TIMEOUT_MILLIS);
        setShutdownIdleTimeout(-1); // a quiet exchange may go on
    }

    /** Lets the clients use connections to the daemon that other listeners use too, for a listener that ends before the proxy. */
    public void shareDaemonConnections() {
        isSharing = true;
    }

    /** @throws StartException if the socket cannot be created at its path, or is not the inherited one */
    @Override
    protected void doStart() throws Exception {
        if (address.isInherited()) {
            inherited = InheritedSocket.take(address);
            channel = inherited.channel();
            super.doStart();
        } else {
            create();
        }
        headerTimeout.start();
    }

    private void create() throws Exception {
        Path bound = file.makePrivate();
        try {
            ServerSocketChannel opened = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            channel = opened;
            opened.bind(UnixDomainSocketAddress.of(bound), TcpConnector.BACKLOG);
            super.doStart();
            file.publish(bound);
        } catch (IOException failed) {
            throw StartException.cannotListen(Setting.LISTEN, address, failed);
        } finally {
            file.removeDirectory();
        }
    }

    /** Removes the socket file first, so that no new client connects during the shutdown. */
    @Override
    public CompletableFuture<Void> shutdown() {
        file.remove();
        CompletableFuture<Void> done = super.shutdown();
        if (inherited != null) {
            inherited.stop();
        }
        Http2ConnectionFactory.shutdown(this);
        headerTimeout.endIdle();
        return done;
    }

    @Override
    protected void doStop() throws Exception {
        file.remove();
        super.doStop();
        if (inherited != null) {
            inherited.stop();
        } else {
            IO.close(channel);
        }
        channel = null;
    }

    @Override
    public @Nullable Object getTransport() {
        return channel;
    }

    @Override
    protected void accept(int acceptor) throws IOException {
        pause.awaitSelectors(this::isRunning);
        ServerSocketChannel open = channel;
        if (inherited != null) {
            inherited.accept(this::take);
        } else if (open != null) {
            take(open.accept());
        }
    }

    private void take(SocketChannel accepted) throws IOException {
        accepted.configureBlocking(false);
        pause.accepted(accepted);
        selectors.accept(accepted);
    }

    /** Jetty would log each stack trace. */
    @Override
    protected boolean handleAcceptFailure(Throwable failure) {
        return failure instanceof IOException failed && !(failure instanceof ClosedChannelException) && isRunning()
                ? pause.sleepAfter(failed)
                : super.handleAcceptFailure(failure);
    }

    private final class Selectors extends SelectorManager {
        Selectors() {
            super(UnixConnector.this.getExecutor(), UnixConnector.this.getScheduler(), SelectorCount.OF_THIS_MACHINE);
        }

        @Override
        public Connection newConnection(SelectableChannel accepted, EndPoint endPoint, Object attachment) {
            try {
                return getDefaultConnectionFactory().newConnection(UnixConnector.this, endPoint);
            } catch (Throwable failed) {
                endPoint.close(failed);
                throw failed;
            }
        }

        @Override
        public void connectionOpened(Connection connection, Object context) {
            try {
                super.connectionOpened(connection, context);
            } catch (Throwable failed) {
                connection.getEndPoint().close(failed);
                throw failed;
            }
        }

        @Override
        protected void endPointOpened(EndPoint endPoint) {
            super.endPointOpened(endPoint);
            onEndPointOpened(endPoint);
        }

        @Override
        protected void endPointClosed(EndPoint endPoint) {
            onEndPointClosed(endPoint);
            super.endPointClosed(endPoint);
        }

        @Override
        protected EndPoint newEndPoint(SelectableChannel accepted, ManagedSelector selector, SelectionKey key) {
            AcceptedEndPoint endPoint = new AcceptedEndPoint(
                    (SocketChannel) accepted,
                    selector,
                    key,
                    UnixConnector.this.getScheduler(),
                    address.name(),
                    false,
                    connectionLimits);
            if (isSharing) {
                endPoint.shareDaemonConnections();
            }
            endPoint.setIdleTimeout(getIdleTimeout());
            return endPoint;
        }
    }
}
