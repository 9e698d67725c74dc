package org.socketproxy.daemon;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;
import org.socketproxy.config.DaemonAddress;
import org.socketproxy.daemon.UnixDaemon.FullBacklogException;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.tls.CauseChain;
import org.socketproxy.tls.DaemonCredentials;

/** Address of the daemon: its transport, its TLS configuration, and the error messages for a failed exchange. */
public abstract sealed class Daemon permits UnixDaemon, TcpDaemon {
    /** Timeout for each of: name resolution, connect, and TLS handshake. */
    public static final long CONNECT_TIMEOUT_MILLIS = 5000;

    private static final String FULL =
            "accepts no more connections at the moment: the backlog of its socket is full. Try again, and if this persists,"
                    + " check whether the daemon hangs";

    /**
     * Creates the daemon at a configured address. The daemon need not run yet.
     *
     * @param credentials for TLS, or null for a connection without TLS
     */
    public static Daemon of(DaemonAddress address, @Nullable DaemonCredentials credentials) {
        if (address instanceof DaemonAddress.Unix unix) {
            return at(unix.socket());
        }
        DaemonAddress.Tcp tcp = (DaemonAddress.Tcp) address;
        return credentials == null ? at(tcp.host(), tcp.port()) : at(tcp.host(), tcp.port(), credentials.toContext());
    }

    /** Creates a daemon on a Unix socket, which may not exist yet. */
    public static Daemon at(Path socket) {
        return new UnixDaemon(socket);
    }

    /**
     * Creates a daemon on TCP, which may not be reachable yet.
     *
     * @param host a host name, or an IP literal without brackets
     */
    public static Daemon at(String host, int port) {
        return new TcpDaemon(host, port, null);
    }

    /**
     * Creates a daemon on TCP with TLS.
     *
     * @param host a host name, or an IP literal without brackets; the daemon's certificate must contain it
     * @param context the trusted CAs, and the client certificate if the daemon requests one
     */
    public static Daemon at(String host, int port, SSLContext context) {
        return new TcpDaemon(host, port, new DaemonTls(context));
    }

    /**
     * Uses this TLS context for new connections. Open connections keep the old one.
     *
     * @throws IllegalStateException if the context cannot be used, or the connection to this daemon does not use TLS
     */
    public void replaceTls(SSLContext context) {
        throw new IllegalStateException("The connection to " + address() + " does not use TLS");
    }

    /** Returns the address in the form of DOCKER_HOST, such as {@code unix:///var/run/docker.sock}. */
    public abstract String address();

    /** Returns the same object for all requests, because it is part of Jetty's key of the connection pool. */
    public abstract Transport transport();

    /** Returns the tag of the connection pool for this client, or null if all clients share one pool. */
    @Nullable
    public Object pool(ClientConnection clientSide) {
        return null;
    }

    /** Returns {@code https} if the connection uses TLS, otherwise {@code http}. */
    public abstract String scheme();

    /** Returns the host to resolve and connect to; for a Unix socket a constant name for the connection pool. */
    public abstract String host();

    /** Returns the TCP port; for a Unix socket a constant. */
    public abstract int port();

    /** Changes the headers of a client's request where this daemon requires it: the Host header on TCP. */
    public abstract void address(HttpFields.Mutable headers);

    /**
     * Creates the TLS configuration for an HTTP client of Jetty, which starts and stops it. Without TLS it loads
     * nothing, because loading the default trust store takes a sixth of the start time.
     */
    public SslContextFactory.Client tls() {
        return new SslContextFactory.Client() {
            @Override
            protected void doStart() {
                // Nothing is loaded.
            }
        };
    }

    /**
     * Opens a blocking connection outside of the connection pool.
     *
     * @param timeout for each step of the connection, and for each read afterwards
     * @throws IOException if the connection fails; {@link #problem} explains it
     */
    abstract BlockingConnection openBlocking(Duration timeout) throws IOException;

    /** Explains a failure that is not a timeout, in one sentence or more. */
    abstract String reason(Throwable failure);

    /** Returns a further sentence for a timeout, or an empty text. */
    abstract String timeoutHint();

    /**
     * Returns the response for the client after a failed exchange with the daemon: 504 for a timeout, 503 for a full
     * backlog, otherwise 502.
     */
    public ErrorReply explain(Throwable failure) {
        if (failure instanceof FullBacklogException) {
            return new ErrorReply(503, "the daemon at " + address() + " " + FULL);
        }
        if (isTimeout(failure)) {
            return new ErrorReply(504, "the daemon at " + address() + " did not answer in time" + timeoutHint());
        }
        return new ErrorReply(502, "no answer from the daemon at " + address() + ": " + reason(failure));
    }

    /** Explains why the daemon did not answer. */
    String problem(Throwable failure) {
        if (failure instanceof FullBacklogException) {
            return "it " + FULL;
        }
        return isTimeout(failure) ? "it did not answer in time" + timeoutHint() : reason(failure);
    }

    private static boolean isTimeout(Throwable failure) {
        return CauseChain.any(failure, Daemon::isOwnTimeout);
    }

    /** The JDK has no exception type for a connect timeout of the system (ETIMEDOUT). */
    private static boolean isOwnTimeout(Throwable failure) {
        return failure instanceof TimeoutException
                || failure instanceof SocketTimeoutException
                || failure instanceof ConnectException && hasMessage(failure, "timed out");
    }

    static boolean isRefused(Throwable failure) {
        return failure instanceof IOException && hasMessage(failure, "refused");
    }

    static boolean hasMessage(Throwable failure, String part) {
        return String.valueOf(failure.getMessage()).contains(part);
    }

    /**
     * Blocking connection to the daemon. Closing it from another thread ends a blocked read or write.
     *
     * @param connection closing it closes both streams
     */
    record BlockingConnection(InputStream input, OutputStream output, Closeable connection) implements Closeable {
        static BlockingConnection over(SocketChannel channel) {
            return new BlockingConnection(Channels.newInputStream(channel), Channels.newOutputStream(channel), channel);
        }

        static BlockingConnection over(Socket socket) throws IOException {
            return new BlockingConnection(socket.getInputStream(), socket.getOutputStream(), socket);
        }

        @Override
        public void close() throws IOException {
            connection.close();
        }
    }
}
