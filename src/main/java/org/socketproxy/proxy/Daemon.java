package org.socketproxy.proxy;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.Transport;

/** Where the daemon is, and in which words to say that it does not answer. */
public final class Daemon {
    private final Path socket;
    private final Transport transport;

    private Daemon(Path socket) {
        this.socket = socket;
        // One object for all requests: it is part of the key under which Jetty pools connections.
        this.transport = new DaemonTransport(socket);
    }

    /** A daemon behind a Unix socket, which need not exist yet. */
    public static Daemon at(Path socket) {
        return new Daemon(socket);
    }

    /** The address as Docker writes it, such as {@code unix:///var/run/docker.sock}. */
    public String address() {
        return "unix://" + socket;
    }

    Transport transport() {
        return transport;
    }

    /** What to tell the client when the exchange with the daemon failed: 504 for a time-out, else 502. */
    ErrorReply explain(Throwable failure) {
        if (isTimeout(failure)) {
            return new ErrorReply(504, "the daemon at " + address() + " did not answer in time");
        }
        return new ErrorReply(502, "no answer from the daemon at " + address() + ": " + reason(failure));
    }

    /** Why it did not answer, in words. */
    String problem(Throwable failure) {
        return isTimeout(failure) ? "it did not answer in time" : reason(failure);
    }

    private static boolean isTimeout(Throwable failure) {
        return failure instanceof TimeoutException || failure.getCause() instanceof TimeoutException;
    }

    private String reason(Throwable failure) {
        if (!Files.exists(socket)) {
            return "this socket does not exist. Is the daemon running, and is the socket mounted here?";
        }
        if (!Files.isWritable(socket)) {
            return "this socket may not be opened. Run the proxy with the group that owns it (group_add in compose)";
        }
        if (isRefused(failure)) {
            return "it refused the connection, so nobody listens there. Is the daemon running?";
        }
        return "it closed the connection or did not speak HTTP";
    }

    private static boolean isRefused(Throwable failure) {
        return failure instanceof ConnectException
                || failure instanceof IOException
                        && String.valueOf(failure.getMessage()).contains("refused");
    }
}
