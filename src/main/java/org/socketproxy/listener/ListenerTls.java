package org.socketproxy.listener;

import javax.net.ssl.SSLContext;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;
import org.socketproxy.tls.Authorities;
import org.socketproxy.tls.ClientTrust;
import org.socketproxy.tls.ListenerCredentials;

/**
 * TLS configuration of all listeners: TLS 1.2 and 1.3, with one certificate.
 *
 * <p>Threading: thread-safe; the context can be replaced at any time. Open connections keep the old one, but
 * {@link CertificateWatch} closes the connections of clients that the new one does not trust.
 */
public final class ListenerTls {
    private final SslContextFactory.Server factory = new SslContextFactory.Server();
    private final @Nullable ClientTrust clients;

    /** Creates the configuration. Clients need a certificate if the credentials contain CAs for clients. */
    public ListenerTls(ListenerCredentials credentials) {
        factory.setIncludeProtocols("TLSv1.3", "TLSv1.2");
        factory.setRenegotiationAllowed(false);
        Authorities authorities = credentials.clients();
        clients = authorities == null ? null : new ClientTrust(authorities);
        factory.setNeedClientAuth(authorities != null);
        factory.setSslContext(credentials.toContext());
    }

    /** Returns the factory for connectors, which start and stop it. */
    public SslContextFactory.Server factory() {
        return factory;
    }

    /** Returns the trust in certificates of clients, or null if clients need none. */
    @Nullable
    ClientTrust clients() {
        return clients;
    }

    /**
     * Uses this context for new connections, and these CAs for the next check of open connections. It does not change whether clients need a certificate.
     *
     * @param fresh a context of {@link ListenerCredentials#toContext}. It is complete, because after a failure to
     *     create a context Jetty would leave the listeners without one
     * @param authorities the CAs of the same credentials, or null if clients need no certificate
     * @throws IllegalStateException if the context cannot be used
     */
    public void replace(SSLContext fresh, @Nullable Authorities authorities) {
        try {
            factory.reload(reloaded -> reloaded.setSslContext(fresh));
            if (clients != null && authorities != null) {
                clients.replace(authorities);
            }
        } catch (Exception failed) {
            throw new IllegalStateException("The new certificate cannot be used", failed);
        }
    }
}
