package org.socketproxy.tls;

import java.security.GeneralSecurityException;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Creates TLS contexts for the listeners and for the daemon connection. */
public final class TlsContext {
    /** Lifetime of a session of a listener, in seconds: a client can resume it for this time. */
    private static final int SESSION_SECONDS = 300;

    private TlsContext() {}

    /**
     * Creates a client context with a new session cache. A server certificate needs a subject alternative name.
     *
     * @param identity client certificate for a server that requests one, or null
     * @param authorities the only CAs that the client trusts
     */
    public static SSLContext ofClient(@Nullable Identity identity, Authorities authorities) {
        return of(identity, new AlternativeNamesTrust(trust(authorities)));
    }

    /**
     * Creates a server context.
     *
     * @param identity the server certificate and key
     * @param clients CAs that sign client certificates, or null if clients need no certificate
     */
    public static SSLContext ofServer(Identity identity, @Nullable Authorities clients) {
        SSLContext context = of(identity, clients == null ? null : trust(clients));
        context.getServerSessionContext().setSessionTimeout(SESSION_SECONDS);
        return context;
    }

    private static SSLContext of(@Nullable Identity identity, @Nullable TrustManager manager) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            // With null the JDK would trust its default CAs; an empty array trusts none.
            context.init(keys(identity), manager == null ? new TrustManager[0] : new TrustManager[] {manager}, null);
            return context;
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("The JDK rejects an in-memory key store for TLS", impossible);
        }
    }

    /** Creates a trust manager that trusts only these CAs. */
    static X509ExtendedTrustManager trust(Authorities authorities) {
        try {
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(authorities.toKeyStore());
            for (TrustManager manager : trust.getTrustManagers()) {
                if (manager instanceof X509ExtendedTrustManager certificates) {
                    return certificates;
                }
            }
            throw new IllegalStateException("The JDK has no X.509 trust manager");
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("The JDK rejects an in-memory key store for TLS", impossible);
        }
    }

    private static KeyManager[] keys(@Nullable Identity identity) throws GeneralSecurityException {
        if (identity == null) {
            return new KeyManager[0];
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(identity.toKeyStore(), Identity.PASSWORD.toCharArray());
        return keys.getKeyManagers();
    }
}
