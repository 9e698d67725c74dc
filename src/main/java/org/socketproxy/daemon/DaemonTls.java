package org.socketproxy.daemon;

import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/**
 * How TLS is spoken with a daemon: 1.2 or 1.3, never without knowing who the daemon is.
 *
 * <p>Threading: what it is made of may be replaced at any time.
 *
 * <p>Security: its certificate is for the host of {@code DOCKER_HOST} if one of its alternative names says so; that the
 * common name does not count is up to whoever makes the context.
 */
final class DaemonTls {
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
    private static final String BY_HOST_NAME = "HTTPS"; // RFC 2818

    private final List<SslContextFactory.Client> factories = new CopyOnWriteArrayList<>();
    private volatile SSLContext context;

    /** @param context whom we trust, and what we show */
    DaemonTls(SSLContext context) {
        this.context = context;
    }

    /** For a client of Jetty, which starts and stops it. */
    SslContextFactory.Client toFactory() {
        SslContextFactory.Client factory = new SslContextFactory.Client();
        factory.setSslContext(context);
        factory.setIncludeProtocols(PROTOCOLS);
        factory.setEndpointIdentificationAlgorithm(BY_HOST_NAME);
        factories.add(factory);
        return factory;
    }

    /**
     * From the next connection on, and with no session of before.
     *
     * @throws IllegalStateException if it cannot be used
     */
    void replace(SSLContext fresh) {
        context = fresh;
        for (SslContextFactory.Client factory : factories) {
            try {
                factory.reload(reloaded -> reloaded.setSslContext(fresh));
            } catch (Exception failed) {
                throw new IllegalStateException("The new certificate for the daemon cannot be used", failed);
            }
        }
    }

    /** Speaks TLS on a connection, for one who may block; closing it closes the connection. */
    SSLSocket over(Socket socket, String host, int port) throws IOException {
        SSLSocket secure = (SSLSocket) context.getSocketFactory().createSocket(socket, host, port, true);
        SSLParameters parameters = secure.getSSLParameters();
        parameters.setProtocols(PROTOCOLS);
        parameters.setEndpointIdentificationAlgorithm(BY_HOST_NAME);
        secure.setSSLParameters(parameters);
        secure.startHandshake();
        return secure;
    }
}
