package org.socketproxy.proxy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** A daemon that listens on TCP. */
final class TcpDaemon extends Daemon {
    private final String host;
    private final int port;
    private final Transport transport = new DaemonTcpTransport();

    TcpDaemon(String host, int port) {
        this.host = host;
        this.port = port;
    }

    @Override
    public String address() {
        return "tcp://" + authority();
    }

    private String authority() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    @Override
    Transport transport() {
        return transport;
    }

    @Override
    String scheme() {
        return "http";
    }

    @Override
    String host() {
        return host;
    }

    @Override
    int port() {
        return port;
    }

    /**
     * By its own name, as any client of it would: the name under which the client knows us means nothing to whoever stands
     * before the daemon and looks at it.
     */
    @Override
    void address(HttpFields.Mutable headers) {
        headers.put(HttpHeader.HOST, authority());
    }

    @Override
    SslContextFactory.Client tls() {
        return new NoTls();
    }

    /** Tries one address after the other, as Jetty does. */
    @Override
    DaemonLine dial(Duration patience) throws IOException {
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

    private DaemonLine dial(InetAddress address, int patienceMillis) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(address, port), patienceMillis);
            socket.setSoTimeout(patienceMillis);
            return DaemonLine.over(socket);
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
        if (failure instanceof UnknownHostException || failure instanceof UnresolvedAddressException) {
            return "no address is known by this name. Is it right, and is the proxy in the same network?";
        }
        if (isRefused(failure)) {
            return "it refused the connection, so nobody listens there. Is the daemon running, and does it listen on TCP?";
        }
        if (failure instanceof NoRouteToHostException || says(failure, "unreachable")) {
            return "no way leads there. Is the address right, and is the proxy in a network that reaches it?";
        }
        return "it closed the connection or did not speak HTTP";
    }
}
