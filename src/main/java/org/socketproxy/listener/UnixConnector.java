package org.socketproxy.listener;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.unixdomain.server.UnixDomainServerConnector;
import org.eclipse.jetty.util.HostPort;
import org.eclipse.jetty.util.thread.Scheduler;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.config.Limits;
import org.socketproxy.config.Setting;
import org.socketproxy.config.StartException;
import org.socketproxy.config.UnixAddress;
import org.socketproxy.jetty.SelectorCount;

/** Accepts connections on a Unix socket, with the same settings as {@link TcpConnector}. */
public final class UnixConnector extends UnixDomainServerConnector {
    private static final long AHEAD_NANOS = 100_000;

    private final ConnectionLimits connectionLimits;
    private final RequestHeaderTimeout headerTimeout;
    private final UnixAddress address;
    private final SocketFile file;
    private final AcceptPause pause;
    private boolean isSharing;

    /** Creates a connector for one socket file. */
    public UnixConnector(
            Server server,
            UnixAddress address,
            Limits limits,
            ConnectionLimits connectionLimits,
            RejectionCounter rejections) {
        super(
                server,
                1,
                SelectorCount.OF_THIS_MACHINE,
                TcpConnector.factories(limits, connectionLimits, null, rejections));
        // The path of the socket is no authority, and Jetty needs one for the HTTP/2 preface, which has no Host.
        getConnectionFactory(DockerHttpConnectionFactory.class)
                .getHttpConfiguration()
                .setServerAuthority(new HostPort("docker"));
        this.connectionLimits = connectionLimits;
        this.headerTimeout = new RequestHeaderTimeout(limits.headerTimeout(), getConnectedEndPoints(), getScheduler());
        this.address = address;
        this.file = new SocketFile(address);
        this.pause = new AcceptPause(address.toString());
        setAcceptQueueSize(TcpConnector.BACKLOG);
        setIdleTimeout(TcpConnector.IDLE_TIMEOUT_MILLIS);
        setShutdownIdleTimeout(-1); // a quiet exchange may go on
    }

    /** Lets the clients use connections to the daemon that other listeners use too, for a listener that ends before the proxy. */
    public void shareDaemonConnections() {
        isSharing = true;
    }

    /** @throws StartException if the socket cannot be created at its path */
    @Override
    protected void doStart() throws Exception {
        Path bound = file.makePrivate();
        try {
            setUnixDomainPath(bound); // Jetty binds this path, and deletes it when it stops
            super.doStart();
            file.publish(bound);
        } catch (IOException failed) {
            throw StartException.cannotListen(Setting.LISTEN, address, failed);
        } finally {
            file.removeDirectory();
        }
        headerTimeout.start();
    }

    /** Removes the socket file first, so that no new client connects during the shutdown. */
    @Override
    public CompletableFuture<Void> shutdown() {
        file.remove();
        CompletableFuture<Void> done = super.shutdown();
        Http2ConnectionFactory.shutdown(this);
        headerTimeout.endIdle();
        return done;
    }

    @Override
    protected void doStop() throws Exception {
        file.remove();
        if (getUnixDomainPath() != null) { // null if it was never bound
            super.doStop();
        }
    }

    @Override
    protected void accept(int acceptor) throws IOException {
        while (pause.isAhead() && isRunning()) {
            LockSupport.parkNanos(AHEAD_NANOS);
        }
        super.accept(acceptor);
    }

    @Override
    protected void configure(SocketChannel channel) throws IOException {
        super.configure(channel);
        pause.accepted(channel);
    }

    /** Jetty would log each stack trace. */
    @Override
    protected boolean handleAcceptFailure(Throwable failure) {
        if (!(failure instanceof IOException failed) || failure instanceof ClosedChannelException || !isRunning()) {
            return super.handleAcceptFailure(failure);
        }
        try {
            TimeUnit.MILLISECONDS.sleep(pause.millisAfter(failed));
            return true;
        } catch (InterruptedException stopped) {
            return false;
        }
    }

    @Override
    protected SelectorManager newSelectorManager(Executor executor, Scheduler scheduler, int selectors) {
        return new UnixDomainSelectorManager(executor, scheduler, selectors) {
            @Override
            public Connection newConnection(SelectableChannel channel, EndPoint endPoint, Object attachment) {
                try {
                    return super.newConnection(channel, endPoint, attachment);
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
            protected EndPoint newEndPoint(SelectableChannel channel, ManagedSelector selector, SelectionKey key) {
                AcceptedEndPoint endPoint = new AcceptedEndPoint(
                        (SocketChannel) channel,
                        selector,
                        key,
                        getScheduler(),
                        address.name(),
                        false,
                        connectionLimits);
                if (isSharing) {
                    endPoint.shareDaemonConnections();
                }
                endPoint.setIdleTimeout(getIdleTimeout());
                return endPoint;
            }
        };
    }
}
