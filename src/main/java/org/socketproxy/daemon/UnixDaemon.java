package org.socketproxy.daemon;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.ClientSide;

/** A daemon behind a Unix socket. */
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

    /** Those on the selector that serves the client. */
    @Override
    @Nullable
    public Object pool(ClientSide downstream) {
        return downstream.selector();
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

    /** There is no address but the path, so the client's word stays. */
    @Override
    public void address(HttpFields.Mutable headers) {}

    @Override
    public SslContextFactory.Client tls() {
        return new NoTls();
    }

    @Override
    BlockingConnection dial(Duration patience) throws IOException {
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
    String slowness() {
        return "";
    }

    @Override
    String reason(Throwable failure) {
        if (Files.notExists(socket)) {
            return "this socket does not exist. Is the daemon running, and is the socket mounted here?";
        }
        if (Files.isDirectory(socket)) {
            return "this is a folder. docker makes one where the socket to mount is missing: take it away, start the daemon,"
                    + " and make this container anew";
        }
        if (!Files.isWritable(socket) || says(failure, "Permission denied")) {
            return "this socket may not be opened. Run the proxy with the group that owns it (group_add in compose)";
        }
        if (isRefused(failure)) {
            return "it refused the connection, so nobody listens there. Is the daemon running?";
        }
        return "it closed the connection or did not speak HTTP";
    }
}
