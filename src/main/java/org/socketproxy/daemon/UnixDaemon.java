package org.socketproxy.daemon;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Transport;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.ClientConnection;

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

    /** One pool per selector, so that the thread that serves the client also serves the daemon's connection. */
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

    /** Keeps the client's Host header: a Unix socket has no authority. */
    @Override
    public void address(HttpFields.Mutable headers) {}

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
}
