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
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.tls.CauseChain;

/** Address of the daemon, with transport, TLS configuration and messages for failed exchanges. */
public abstract class Daemon {
    /** For each of name resolution, connect, and TLS handshake. */
    public static final long CONNECT_TIMEOUT_MILLIS = 5000;

    private static final String NO_FILE =
            "this process has no free file descriptor. Close connections, or raise the limit of open"
                    + " files of the proxy (LimitNOFILE of systemd, --ulimit nofile of Docker)";

    private static final String FULL =
            "accepts no more connections at the moment: the backlog of its socket is full. Try again, and if this persists,"
                    + " check whether the daemon hangs";

    /**
     * Uses a TLS context for new connections.
     *
     * @throws IllegalStateException if it cannot be used, or the daemon has no TLS
     */
    public void replaceTls(SSLContext context) {
        throw new IllegalStateException("The connection to " + address() + " does not use TLS");
    }

    /** Returns the form of {@code DOCKER_HOST}, such as {@code unix:///var/run/docker.sock}. */
    public abstract String address();

    /** Returns the same object for all requests, as a part of the key of Jetty's connection pool. */
    public abstract Transport transport();

    /** Returns the tag of the client's connection pool, or null for a common pool. */
    @Nullable
    public Object pool(ClientConnection clientSide) {
        return null;
    }

    public abstract String scheme();

    /** Returns the host to connect to; a constant for a Unix socket. */
    public abstract String host();

    /** Returns the TCP port; a constant for a Unix socket. */
    public abstract int port();

    /** Returns the Host header that replaces the client's; null on a Unix socket, which has no authority. */
    public abstract @Nullable HttpField hostField();

    /** Replaces the Host header on TCP. */
    public void address(HttpFields.Mutable headers) {
        HttpField host = hostField();
        if (host != null) {
            headers.put(host);
        }
    }

    /** Creates the TLS configuration for a client of Jetty. Without TLS it does not load the trust store, which would be slow. */
    public SslContextFactory.Client tls() {
        return new SslContextFactory.Client() {
            @Override
            protected void doStart() {
                // Nothing is loaded.
            }
        };
    }

    /**
     * Opens a blocking connection outside of the pool.
     *
     * @param timeout for each step of the connection, and for each read
     * @throws IOException if the connection fails; {@link #problem} explains it
     */
    abstract BlockingConnection openBlocking(Duration timeout) throws IOException;

    /** Explains a failure that is no timeout. */
    abstract String reason(Throwable failure);

    /** Returns a further sentence, or an empty text. */
    abstract String timeoutHint();

    /** Returns the error for the client: 504 for a timeout, 503 for a full backlog, otherwise 502. */
    public ErrorReply explain(Throwable failure) {
        if (failure instanceof FullBacklogException) {
            return new ErrorReply(503, "the daemon at " + address() + " " + FULL);
        }
        if (failure instanceof NoBuildKitException refused) {
            return new ErrorReply(
                    502,
                    "the daemon at " + address() + " has no BuildKit: it answered " + refused.status
                            + " to POST /grpc");
        }
        if (CauseChain.any(failure, Daemon::isWithoutFile)) {
            return new ErrorReply(503, "the proxy cannot connect to the daemon at " + address() + ": " + NO_FILE);
        }
        if (isTimeout(failure)) {
            return new ErrorReply(504, "the daemon at " + address() + " did not answer in time" + timeoutHint());
        }
        return new ErrorReply(502, "no answer from the daemon at " + address() + ": " + reason(failure));
    }

    String problem(Throwable failure) {
        if (failure instanceof FullBacklogException) {
            return "it " + FULL;
        }
        if (CauseChain.any(failure, Daemon::isWithoutFile)) {
            return NO_FILE;
        }
        return isTimeout(failure) ? "it did not answer in time" + timeoutHint() : reason(failure);
    }

    /** EMFILE or ENFILE. */
    private static boolean isWithoutFile(Throwable failure) {
        return failure instanceof IOException && hasMessage(failure, "Too many open files");
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

    /** The daemon's socket exists, but its listen backlog is full (EAGAIN). */
    static final class FullBacklogException extends ConnectException {
        private static final long serialVersionUID = 1;

        FullBacklogException() {
            super("The backlog of the socket is full");
        }
    }

    /** The daemon does not accept the connection of a client of BuildKit. */
    public static final class NoBuildKitException extends IOException {
        private static final long serialVersionUID = 1;

        private final int status;

        /** @param status answer to {@code POST /grpc} */
        public NoBuildKitException(int status) {
            super("The daemon answered " + status + " to POST /grpc");
            this.status = status;
        }
    }

    /** Blocking connection. Closing it from another thread ends a blocked read or write. */
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
