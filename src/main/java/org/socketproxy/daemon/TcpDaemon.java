package org.socketproxy.daemon;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.socketproxy.daemon.Daemon.BlockingConnection;
import org.socketproxy.jetty.DaemonEndPoint;
import org.socketproxy.jetty.SecureDaemonEndPoint;
import org.socketproxy.jetty.TcpKeepAlive;
import org.socketproxy.tls.CauseChain;

/** Daemon on TCP, with or without TLS. */
final class TcpDaemon extends Daemon {
    private final String host;
    private final int port;
    private final @Nullable DaemonTls tls;
    private final Transport transport;
    private final HttpField hostField;

    /** @param tls null without TLS */
    TcpDaemon(String host, int port, @Nullable DaemonTls tls) {
        this.host = host;
        this.port = port;
        this.tls = tls;
        this.transport = new TcpTransport(tls != null);
        this.hostField = new HttpField(HttpHeader.HOST, authority());
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

    /** Sends the daemon's authority instead of the proxy's, because a reverse proxy before the daemon may select by it. */
    @Override
    public HttpField hostField() {
        return hostField;
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
        // In TLS 1.3 the daemon rejects a client certificate after the request, and its alert can be lost with the
        // close.
        return "it closed the connection or did not speak HTTP"
                + (tls == null ? "" : ". Does it accept this proxy's certificate (cert.pem, key.pem)?");
    }

    /** Jetty resolves the host name and tries all addresses in order. */
    static final class TcpTransport extends Transport.TCPIP {
        private final boolean isSecure;

        TcpTransport(boolean isSecure) {
            this.isSecure = isSecure;
        }

        @Override
        public SelectableChannel newSelectableChannel() throws IOException {
            SocketChannel channel = SocketChannel.open();
            TcpKeepAlive.on(channel);
            return channel;
        }

        @Override
        public EndPoint newEndPoint(
                Scheduler scheduler,
                ManagedSelector selector,
                SelectableChannel selectable,
                SelectionKey selectionKey) {
            SocketChannel channel = (SocketChannel) selectable;
            return isSecure
                    ? new SecureDaemonEndPoint(
                            channel, selector, selectionKey, scheduler, Daemon.CONNECT_TIMEOUT_MILLIS)
                    : new DaemonEndPoint(channel, selector, selectionKey, scheduler);
        }
    }

    /** Explains a failed TLS connection. The JDK distinguishes many causes only by the text of the exception. */
    static final class TlsFailureMessage {
        /** The name of the alert in RFC 8446 section 6. */
        private static final Pattern ALERT = Pattern.compile(".*fatal alert: (\\w+).*");

        private TlsFailureMessage() {}

        /** Returns empty without an {@link SSLException} as a cause. */
        static Optional<String> of(Throwable failure) {
            SSLException tlsFailure = CauseChain.find(failure, SSLException.class);
            return tlsFailure == null ? Optional.empty() : Optional.of(sentence(failure, tlsFailure));
        }

        private static String sentence(Throwable failure, SSLException tlsFailure) {
            if (CauseChain.find(failure, CertificateExpiredException.class) != null) {
                return "its certificate has expired. Renew it";
            }
            if (CauseChain.find(failure, CertificateNotYetValidException.class) != null) {
                return "its certificate is not valid yet. Are the clocks right?";
            }
            if (anyCauseHasMessage(failure, "subject alternative") || anyCauseHasMessage(failure, "No name matching")) {
                return "its certificate does not contain this host name. Use one of its subject alternative names in DOCKER_HOST,"
                        + " or issue a certificate with this name";
            }
            if (CauseChain.find(failure, CertPathBuilderException.class) != null
                    || CauseChain.find(failure, CertPathValidatorException.class) != null
                    || anyCauseHasMessage(failure, "PKIX")) {
                return "its certificate is not signed by an authority in ca.pem. Is it the right daemon, and the right DOCKER_CERT_PATH?";
            }
            if (anyCauseHasMessage(failure, "fatal alert: protocol_version")
                    || anyCauseHasMessage(failure, "fatal alert: handshake_failure")) {
                return "it supports no TLS version or cipher suite of this proxy. Enable TLS 1.2 or 1.3 on the daemon";
            }
            if (anyCauseHasMessage(failure, "fatal alert")) {
                return "it rejected this proxy's certificate ("
                        + ALERT.matcher(message(tlsFailure)).replaceFirst("$1")
                        + "). Put one that a CA of the daemon has signed into DOCKER_CERT_PATH, as cert.pem and key.pem";
            }
            if (anyCauseHasMessage(failure, "Unsupported or unrecognized SSL message")
                    || anyCauseHasMessage(failure, "plaintext connection")) {
                return "it does not speak TLS on this port. Use its TLS port, or unset DOCKER_TLS_VERIFY if the network is safe";
            }
            return "the TLS handshake failed (" + message(tlsFailure) + "). Does it speak TLS on this port?";
        }

        private static String message(Throwable failure) {
            return String.valueOf(failure.getMessage());
        }

        private static boolean anyCauseHasMessage(Throwable failure, String part) {
            return CauseChain.any(failure, cause -> Daemon.hasMessage(cause, part));
        }
    }
}
