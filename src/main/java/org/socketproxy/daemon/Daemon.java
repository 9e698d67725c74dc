package org.socketproxy.daemon;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.ClientSide;
import org.socketproxy.exchange.ErrorReply;

/** Where the daemon is, how to get there, and in which words to say that it does not answer. */
public abstract sealed class Daemon permits UnixDaemon, TcpDaemon {
    /** Limit for a name look-up, for connecting, and for the TLS handshake. */
    public static final long CONNECT_TIMEOUT_MILLIS = 5000;

    private static final String FULL =
            "takes no more connections right now: as many as its socket holds are waiting. Ask again, and if it stays so,"
                    + " see whether the daemon hangs";

    /** A daemon behind a Unix socket, which need not exist yet. */
    public static Daemon at(Path socket) {
        return new UnixDaemon(socket);
    }

    /**
     * A daemon that listens on TCP, which need not be there yet.
     *
     * @param host a name, or an IP literal without brackets
     */
    public static Daemon at(String host, int port) {
        return new TcpDaemon(host, port, null);
    }

    /**
     * A daemon that speaks TLS.
     *
     * @param host a name, or an IP literal without brackets, that its certificate is for
     * @param context whom we trust, and what we show if it asks
     */
    public static Daemon at(String host, int port, SSLContext context) {
        return new TcpDaemon(host, port, new DaemonTls(context));
    }

    /**
     * Speaks TLS by this from the next connection on; those that are open keep what they began with.
     *
     * @throws IllegalStateException if it cannot be used, or this daemon speaks no TLS
     */
    public void replaceTls(SSLContext context) {
        throw new IllegalStateException("No TLS is spoken with " + address());
    }

    /** The address as Docker writes it, such as {@code unix:///var/run/docker.sock}. */
    public abstract String address();

    /** One object for all requests: it is part of the key under which Jetty pools connections. */
    public abstract Transport transport();

    /** Which connections may carry an exchange with this client: only those with the same, which is null for all. */
    @Nullable
    public Object pool(ClientSide downstream) {
        return null;
    }

    /** {@code http}, or {@code https} if it speaks TLS. */
    public abstract String scheme();

    /** Whom to look up and to connect to; only a name for the pool where the transport knows the way. */
    public abstract String host();

    /** Where on the host, or any number where the transport knows the way. */
    public abstract int port();

    /** Addresses the headers of a request, which are the client's, to this daemon. */
    public abstract void address(HttpFields.Mutable headers);

    /** What its client speaks TLS with, to be started by the client. */
    public abstract SslContextFactory.Client tls();

    /**
     * A connection of its own, for one who may block.
     *
     * @param patience for each step of it, and then for each read
     * @throws IOException if there is none; {@link #problem} says why
     */
    abstract BlockingConnection dial(Duration patience) throws IOException;

    /** Why it did not answer, in words: for whatever went wrong but a time-out. */
    abstract String reason(Throwable failure);

    /** What else to say of a daemon that did not answer in time: the next sentence, or nothing. */
    abstract String slowness();

    /**
     * What to tell the client when the exchange with the daemon failed: 504 for a time-out, 503 for a queue that is full at
     * the moment, else 502.
     */
    public ErrorReply explain(Throwable failure) {
        if (failure instanceof FullBacklogException) {
            return new ErrorReply(503, "the daemon at " + address() + " " + FULL);
        }
        if (isTimeout(failure)) {
            return new ErrorReply(504, "the daemon at " + address() + " did not answer in time" + slowness());
        }
        return new ErrorReply(502, "no answer from the daemon at " + address() + ": " + reason(failure));
    }

    /** Why it did not answer, in words. */
    String problem(Throwable failure) {
        if (failure instanceof FullBacklogException) {
            return "it " + FULL;
        }
        return isTimeout(failure) ? "it did not answer in time" + slowness() : reason(failure);
    }

    private static boolean isTimeout(Throwable failure) {
        return isOwnTimeout(failure) || failure.getCause() != null && isOwnTimeout(failure.getCause());
    }

    /** Ours, or that of the system, which has no type. */
    private static boolean isOwnTimeout(Throwable failure) {
        return failure instanceof TimeoutException
                || failure instanceof SocketTimeoutException
                || failure instanceof ConnectException && says(failure, "timed out");
    }

    static boolean isRefused(Throwable failure) {
        return failure instanceof IOException && says(failure, "refused");
    }

    static boolean says(Throwable failure, String words) {
        return String.valueOf(failure.getMessage()).contains(words);
    }
}
