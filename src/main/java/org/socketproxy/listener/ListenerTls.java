package org.socketproxy.listener;

import javax.net.ssl.SSLContext;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.socketproxy.tls.ListenerCredentials;

/**
 * TLS configuration of all listeners: TLS 1.2 and 1.3, with one certificate.
 *
 * <p>Threading: thread-safe; the context can be replaced at any time. Open connections keep the old one.
 */
public final class ListenerTls {
    private final SslContextFactory.Server factory = new SslContextFactory.Server();

    /** Creates the configuration. Clients need a certificate if the credentials contain CAs for clients. */
    public ListenerTls(ListenerCredentials credentials) {
        factory.setIncludeProtocols("TLSv1.3", "TLSv1.2");
        factory.setRenegotiationAllowed(false);
        factory.setNeedClientAuth(credentials.clients() != null);
        factory.setSslContext(credentials.toContext());
    }

    /** Returns the factory for connectors, which start and stop it. */
    public SslContextFactory.Server factory() {
        return factory;
    }

    /**
     * Uses this context for new connections. It does not change whether clients need a certificate.
     *
     * @param fresh a context of {@link ListenerCredentials#toContext}. It is complete, because after a failure to
     *     create a context Jetty would leave the listeners without one
     * @throws IllegalStateException if the context cannot be used
     */
    public void replace(SSLContext fresh) {
        try {
            factory.reload(reloaded -> reloaded.setSslContext(fresh));
        } catch (Exception failed) {
            throw new IllegalStateException("The new certificate cannot be used", failed);
        }
    }
}
