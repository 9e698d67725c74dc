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

/** A daemon that listens on TCP, with or without TLS. */
final class TcpDaemon extends Daemon {
    private final String host;
    private final int port;
    private final @Nullable DaemonTls tls;
    private final Transport transport;

    /** @param tls how TLS is spoken with it, or null for none */
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
     * By its own name, as any client of it would: the name under which the client knows us means nothing to whoever stands
     * before the daemon and looks at it.
     */
    @Override
    public void address(HttpFields.Mutable headers) {
        headers.put(HttpHeader.HOST, authority());
    }

    @Override
    public SslContextFactory.Client tls() {
        return tls == null ? new NoTls() : tls.toFactory();
    }

    @Override
    public void replaceTls(SSLContext context) {
        if (tls == null) {
            super.replaceTls(context);
        } else {
            tls.replace(context);
        }
    }

    /** Tries one address after the other, as Jetty does. */
    @Override
    BlockingConnection dial(Duration patience) throws IOException {
        IOException last = new UnknownHostException(host);
        for (InetAddress address : InetAddress.getAllByName(host)) {
            try {
                return dial(address, (int) patience.toMillis());
            } catch (IOException failed) {
                last = failed;
            }
        }
        throw last;
    }

    private BlockingConnection dial(InetAddress address, int patienceMillis) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(address, port), patienceMillis);
            socket.setSoTimeout(patienceMillis);
            return BlockingConnection.over(tls == null ? socket : tls.over(socket, host, port));
        } catch (IOException failed) {
            socket.close();
            throw failed;
        }
    }

    @Override
    String slowness() {
        return ". Is the address right, and does a firewall let it through?";
    }

    @Override
    String reason(Throwable failure) {
        Optional<String> trouble = TlsFailureMessage.of(failure);
        if (trouble.isPresent()) {
            return trouble.get();
        }
        if (failure instanceof UnknownHostException || failure instanceof UnresolvedAddressException) {
            return "no address is known by this name. Is it right, and is the proxy in the same network?";
        }
        if (isRefused(failure)) {
            return "it refused the connection, so nobody listens there. Is the daemon running, and does it listen on TCP?";
        }
        if (failure instanceof NoRouteToHostException || says(failure, "unreachable")) {
            return "no way leads there. Is the address right, and is the proxy in a network that reaches it?";
        }
        // Its refusal of our certificate may be lost when it closes behind it: in TLS 1.3 it comes after our request
        // has gone.
        return "it closed the connection or did not speak HTTP"
                + (tls == null ? "" : ". Does it take this proxy's certificate (cert.pem, key.pem)?");
    }
}
