package org.socketproxy.daemon;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;

/** Daemon on TCP, with or without TLS. */
final class TcpDaemon extends Daemon {
    private final String host;
    private final int port;
    private final @Nullable DaemonTls tls;
    private final Transport transport;

    /** @param tls the TLS configuration, or null for a connection without TLS */
    TcpDaemon(String host, int port, @Nullable DaemonTls tls) {
        this.host = host;
        this.port = port;
        this.tls = tls;
        this.transport = new TcpTransport(tls != null);
    }

    @Override
    public String address() {
        return "tcp://" + authority();
    }

    private String authority() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    @Override
    public Transport transport() {
        return transport;
    }

    @Override
    public String scheme() {
        return tls == null ? "http" : "https";
    }

    @Override
    public String host() {
        return host;
    }

    @Override
    public int port() {
        return port;
    }

    /**
     * Replaces the Host header by the daemon's authority, because a reverse proxy in front of the daemon may select by
     * it. The client sent the authority of this proxy.
     */
    @Override
    public void address(HttpFields.Mutable headers) {
        headers.put(HttpHeader.HOST, authority());
    }

    @Override
    public SslContextFactory.Client tls() {
        return tls == null ? super.tls() : tls.toFactory();
    }

    @Override
    public void replaceTls(SSLContext context) {
        if (tls == null) {
            super.replaceTls(context);
        } else {
            tls.replace(context);
        }
    }

    /** Tries all addresses of the host in order, as Jetty does. */
    @Override
    BlockingConnection openBlocking(Duration timeout) throws IOException {
        IOException last = new UnknownHostException(host);
        for (InetAddress address : InetAddress.getAllByName(host)) {
            try {
                return openBlocking(address, (int) timeout.toMillis());
            } catch (IOException failed) {
                last = failed;
            }
        }
        throw last;
    }

    private BlockingConnection openBlocking(InetAddress address, int timeoutMillis) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(address, port), timeoutMillis);
            socket.setSoTimeout(timeoutMillis);
            return BlockingConnection.over(tls == null ? socket : tls.over(socket, host, port));
        } catch (IOException failed) {
            socket.close();
            throw failed;
        }
    }

    @Override
    String timeoutHint() {
        return ". Is the address right, and does a firewall let it through?";
    }

    @Override
    String reason(Throwable failure) {
        Optional<String> tlsFailure = TlsFailureMessage.of(failure);
        if (tlsFailure.isPresent()) {
            return tlsFailure.get();
        }
        if (failure instanceof UnknownHostException || failure instanceof UnresolvedAddressException) {
            return "the host name cannot be resolved. Is it right, and is the proxy in the same network?";
        }
        if (isRefused(failure)) {
            return "it refused the connection: no process listens there. Is the daemon running, and does it listen on TCP?";
        }
        if (failure instanceof NoRouteToHostException || hasMessage(failure, "unreachable")) {
            return "network unreachable. Is the address right, and is the proxy in a network that reaches it?";
        }
        // In TLS 1.3 the daemon rejects a client certificate after the proxy has sent the request. Its alert can be
        // lost when
        // it closes the connection right after it.
        return "it closed the connection or did not speak HTTP"
                + (tls == null ? "" : ". Does it accept this proxy's certificate (cert.pem, key.pem)?");
    }
}
