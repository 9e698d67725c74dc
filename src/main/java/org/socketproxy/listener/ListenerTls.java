package org.socketproxy.listener;

import javax.net.ssl.SSLContext;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.socketproxy.tls.ListenerCredentials;

/**
 * TLS 1.2 and 1.3 for listeners, all of which show the same certificate.
 *
 * <p>Threading: what it is made of may be replaced at any time; connections that are open keep what they began with.
 */
public final class ListenerTls {
    private final SslContextFactory.Server factory = new SslContextFactory.Server();

    public ListenerTls(ListenerCredentials material) {
        factory.setIncludeProtocols("TLSv1.3", "TLSv1.2");
        factory.setRenegotiationAllowed(false);
        factory.setNeedClientAuth(material.clients() != null);
        factory.setSslContext(material.toContext());
    }

    /** For connectors, which start and stop it. */
    public SslContextFactory.Server factory() {
        return factory;
    }

    /**
     * Shows and trusts this from the next connection on. Whether clients have to show a certificate does not change.
     *
     * @param fresh of {@link ListenerCredentials#toContext}: a context that Jetty makes itself would leave the listeners
     *     without any if it failed
     * @throws IllegalStateException if it cannot be used
     */
    public void replace(SSLContext fresh) {
        try {
            factory.reload(reloaded -> reloaded.setSslContext(fresh));
        } catch (Exception failed) {
            throw new IllegalStateException("The new certificate cannot be used", failed);
        }
    }
}
