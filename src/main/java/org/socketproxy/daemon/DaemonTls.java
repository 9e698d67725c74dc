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
 * TLS 1.2 or 1.3 to the daemon, always with verification of its certificate.
 *
 * <p>Threading: thread-safe; the context can be replaced at any time.
 *
 * <p>Security: the certificate must contain the host of {@code DOCKER_HOST} as a subject alternative name. The trust manager of the
 * context must ignore the common name.
 */
final class DaemonTls {
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
    private static final String VERIFY_HOST_NAME = "HTTPS"; // RFC 2818

    private final List<SslContextFactory.Client> factories = new CopyOnWriteArrayList<>();
    private volatile SSLContext context;

    /** @param context trusted CAs and client certificate */
    DaemonTls(SSLContext context) {
        this.context = context;
    }

    /** Creates a configuration that a client of Jetty starts and stops. */
    SslContextFactory.Client toFactory() {
        SslContextFactory.Client factory = new SslContextFactory.Client();
        factory.setSslContext(context);
        factory.setIncludeProtocols(PROTOCOLS);
        factory.setEndpointIdentificationAlgorithm(VERIFY_HOST_NAME);
        factories.add(factory);
        return factory;
    }

    /**
     * Uses a context for new connections, which resume no session of the old one.
     *
     * @throws IllegalStateException if the context cannot be used
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

    /** Runs the handshake on a blocking socket, which the result closes. */
    SSLSocket over(Socket socket, String host, int port) throws IOException {
        SSLSocket secure = (SSLSocket) context.getSocketFactory().createSocket(socket, host, port, true);
        SSLParameters parameters = secure.getSSLParameters();
        parameters.setProtocols(PROTOCOLS);
        parameters.setEndpointIdentificationAlgorithm(VERIFY_HOST_NAME);
        secure.setSSLParameters(parameters);
        secure.startHandshake();
        return secure;
    }
}
