package org.socketproxy.server.tls;

import java.security.KeyStore;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.socketproxy.tls.Authorities;
import org.socketproxy.tls.Identity;

/**
 * TLS 1.2 and 1.3 for listeners, all of which show the same certificate.
 *
 * <p>Threading: what it is made of may be replaced at any time; connections that are open keep what they began with.
 */
public final class ListenerTls {
    private final SslContextFactory.Server factory = new SslContextFactory.Server();

    public ListenerTls(ListenerMaterial material) {
        factory.setIncludeProtocols("TLSv1.3", "TLSv1.2");
        factory.setRenegotiationAllowed(false);
        factory.setNeedClientAuth(material.clients() != null);
        set(factory, material);
    }

    private static void set(SslContextFactory factory, ListenerMaterial material) {
        KeyStore shown = material.identity().toKeyStore();
        Authorities clients = material.clients();
        factory.setKeyStore(shown);
        factory.setKeyStorePassword(Identity.PASSWORD);
        // Where no certificate is asked for nobody is trusted by one; without a store Jetty would take our own.
        factory.setTrustStore(clients == null ? shown : clients.toKeyStore());
    }

    /** For connectors, which start and stop it. */
    public SslContextFactory.Server factory() {
        return factory;
    }

    /**
     * Shows and trusts this from the next connection on. Whether clients have to show a certificate does not change.
     *
     * @throws IllegalStateException if it cannot be used, although it was read
     */
    public void replace(ListenerMaterial material) {
        try {
            factory.reload(reloaded -> set(reloaded, material));
        } catch (Exception failed) {
            throw new IllegalStateException("The new certificate cannot be used", failed);
        }
    }
}
