package org.socketproxy.listener;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.config.Limits;
import org.socketproxy.config.NetworkAddress;
import org.socketproxy.config.Setting;
import org.socketproxy.config.StartException;
import org.socketproxy.jetty.SelectorCount;
import org.socketproxy.jetty.TcpKeepAlive;
import org.socketproxy.tls.ClientTrust;

/**
 * Accepts TCP connections, with or without TLS. It enables TCP keep-alive, because after a failure of its host a client sends no
 * FIN and would hold an endless stream forever; see {@link TcpKeepAlive}.
 */
public final class TcpConnector extends ServerConnector {
    /** Zero: the selectors accept, so that a new client needs no wake-up of another thread. */
    private static final int ACCEPTORS = 0;

    private static final Duration LONGEST_DEREGISTRATION = Duration.ofSeconds(1);

    static final int BACKLOG = 1024;
    /** Long, because a client loses its request if the proxy closes an idle connection at the same time. */
    static final long IDLE_TIMEOUT_MILLIS = 600_000;

    private final ConnectionLimits connectionLimits;
    private final RequestHeaderTimeout headerTimeout;
    private final @Nullable CertificateWatch certificates;
    private final NetworkAddress address;
    private final boolean isTls;
    private final AcceptPause pause;
    private @Nullable InheritedSocket inherited;

    /**
     * Creates a connector for one address.
     *
     * @param tls the TLS configuration, or null for a listener without TLS
     */
    public TcpConnector(
            Server server,
            NetworkAddress address,
            Limits limits,
            ConnectionLimits connectionLimits,
            @Nullable ListenerTls tls,
            RejectionCounter rejections) {
        super(
                server,
                null,
                null,
                null,
                address.isInherited() ? 1 : ACCEPTORS,
                SelectorCount.OF_THIS_MACHINE,
                factories(limits, connectionLimits, tls, rejections));
        ClientTrust clients = tls == null ? null : tls.clients();
        addBean(new TlsHandshakeListener(rejections, clients));
        this.certificates =
                clients == null ? null : new CertificateWatch(getConnectedEndPoints(), getScheduler(), rejections);
        this.connectionLimits = connectionLimits;
        this.headerTimeout = new RequestHeaderTimeout(limits.headerTimeout(), getConnectedEndPoints(), getScheduler());
        this.address = address;
        this.isTls = tls != null;
        this.pause = new AcceptPause(address.toString());
        setHost(address.host().isEmpty() ? null : address.host());
        setPort(address.port());
        setReusePort(address.isPortShared());
        setAcceptQueueSize(BACKLOG);
        setIdleTimeout(IDLE_TIMEOUT_MILLIS);
        setShutdownIdleTimeout(-1); // a quiet exchange may go on
    }

    /** Creates the protocols of a listener: HTTP/1.1 and, except for the status page, HTTP/2. */
    static ConnectionFactory[] factories(
            Limits limits, ConnectionLimits connectionLimits, @Nullable ListenerTls tls, RejectionCounter rejections) {
        DockerHttpConnectionFactory http = new DockerHttpConnectionFactory(limits, rejections);
        if (!limits.hasHttp2()) {
            return new ConnectionFactory[] {http};
        }
        String protocol = tls == null ? Http2ConnectionFactory.PLAIN : Http2ConnectionFactory.TLS;
        Http2ConnectionFactory http2 = new Http2ConnectionFactory(protocol, limits, connectionLimits, rejections);
        if (tls == null) {
            return new ConnectionFactory[] {http, http2};
        }
        ALPNServerConnectionFactory negotiation =
                new ALPNServerConnectionFactory(http2.getProtocol(), http.getProtocol());
        SslConnectionFactory encryption = new SslConnectionFactory(tls.factory(), negotiation.getProtocol());
        encryption.setEnsureSecureRequestCustomizer(
                false); // otherwise it rejects a Host that the certificate does not contain
        return new ConnectionFactory[] {encryption, negotiation, http2, http};
    }

    /**
     * Opens the listening socket.
     *
     * @param setting names the address in the error message
     */
    public void listen(Setting setting) throws StartException {
        try {
            if (address.isInherited()) {
                InheritedSocket socket = InheritedSocket.take(address);
                open(socket.channel());
                inherited = socket;
            } else {
                open();
            }
        } catch (IOException failed) {
            throw StartException.cannotListen(setting, address, failed);
        }
    }

    /** Accepts from an inherited socket. Another one has no acceptor. */
    @Override
    public void accept(int acceptor) throws IOException {
        pause.awaitSelectors(this::isRunning);
        if (inherited != null) {
            inherited.accept(this::take);
        }
    }

    private void take(SocketChannel accepted) throws IOException {
        accepted.configureBlocking(false);
        configure(accepted.socket());
        pause.accepted(accepted);
        getSelectorManager().accept(accepted);
    }

    @Override
    protected boolean handleAcceptFailure(Throwable failure) {
        return failure instanceof IOException failed && isRunning()
                ? pause.sleepAfter(failed)
                : super.handleAcceptFailure(failure);
    }

    /**
     * Stops listening after it has accepted the connections that wait, and lets those without a request end. With an inherited socket
     * the next process accepts those that wait.
     */
    @Override
    public CompletableFuture<Void> shutdown() {
        CompletableFuture<Void> done = super.shutdown();
        setAccepting(false);
        ServerSocketChannel channel = (ServerSocketChannel) getTransport();
        if (inherited != null) {
            inherited.stop();
        } else if (channel != null) {
            acceptRest(channel);
        }
        Http2ConnectionFactory.shutdown(this);
        headerTimeout.endIdle();
        return done;
    }

    /** Accepts without a pause, because the close resets connections that wait. */
    private void acceptRest(ServerSocketChannel channel) {
        try (channel) {
            if (channel.isBlocking()) { // the start has failed before a selector had it
                return;
            }
            long begin = System.nanoTime();
            while (channel.isRegistered() && System.nanoTime() - begin < LONGEST_DEREGISTRATION.toNanos()) {
                LockSupport.parkNanos(
                        TimeUnit.MILLISECONDS.toNanos(1)); // the close of a registered channel is not immediate
            }
            for (int i = 0; i < BACKLOG; i++) {
                SocketChannel accepted = channel.accept();
                if (accepted == null) {
                    return;
                }
                take(accepted);
            }
        } catch (IOException failed) {
            LOG.debug("Cannot accept the connections that wait", failed);
        }
    }

    @Override
    public void close() {
        if (inherited != null) {
            inherited.stop();
        } else {
            super.close();
        }
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        headerTimeout.start();
        if (certificates != null) {
            certificates.start();
        }
    }

    /** Closes the connections of clients with a certificate that is no longer trusted. */
    public void checkCertificates() {
        if (certificates != null) {
            certificates.check();
        }
    }

    /** Binds 0.0.0.0 on an IPv4 socket. The JDK would bind a dual-stack socket, which also accepts IPv6. */
    @Override
    protected ServerSocketChannel openAcceptChannel() throws IOException {
        if (!address.isEveryV4()) {
            return super.openAcceptChannel();
        }
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.INET);
        try {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, getReuseAddress());
            channel.setOption(StandardSocketOptions.SO_REUSEPORT, isReusePort());
            channel.bind(new InetSocketAddress(getHost(), getPort()), getAcceptQueueSize());
            return channel;
        } catch (IOException failed) {
            channel.close();
            throw failed;
        }
    }

    private void acceptAgain() {
        if (isRunning() && !isShutdown() && isOpen()) {
            setAccepting(true);
        }
    }

    /** Opens connections on the thread of the selector. Jetty would use one pool thread for each new connection. */
    @Override
    protected SelectorManager newSelectorManager(Executor executor, Scheduler scheduler, int selectors) {
        return new ServerConnectorManager(executor, scheduler, selectors) {
            /** Pauses after a failure: Jetty would try again at once, and log each stack trace. */
            @Override
            protected @Nullable SelectableChannel doAccept(SelectableChannel server) throws IOException {
                if (pause.isAhead() || isShutdown()) {
                    return null;
                }
                try {
                    SelectableChannel channel = super.doAccept(server);
                    if (channel != null) {
                        pause.accepted(channel);
                    }
                    return channel;
                } catch (IOException failed) {
                    if (!server.isOpen()) {
                        return null;
                    }
                    setAccepting(false);
                    var unused = scheduler.schedule(
                            TcpConnector.this::acceptAgain, pause.millisAfter(failed), TimeUnit.MILLISECONDS);
                    return null;
                }
            }

            @Override
            public Connection newConnection(SelectableChannel channel, EndPoint endPoint, Object attachment)
                    throws IOException {
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
            protected void execute(Runnable task) {
                if (task instanceof ManagedSelector.SelectorUpdate) {
                    task.run();
                } else {
                    super.execute(task);
                }
            }
        };
    }

    @Override
    protected SocketChannelEndPoint newEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key) {
        AcceptedEndPoint endPoint =
                new AcceptedEndPoint(channel, selector, key, getScheduler(), address.name(), isTls, connectionLimits);
        endPoint.setIdleTimeout(getIdleTimeout());
        return endPoint;
    }

    @Override
    protected void configure(Socket socket) {
        super.configure(socket);
        TcpKeepAlive.on(socket.getChannel());
    }
}
