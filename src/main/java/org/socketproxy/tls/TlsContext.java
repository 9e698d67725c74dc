package org.socketproxy.tls;

import java.security.GeneralSecurityException;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Makes what TLS is spoken with. */
public final class TlsContext {
    private TlsContext() {}

    /**
     * For a client, with sessions of its own. A server needs an alternative name in its certificate, whatever its subject is.
     *
     * @param identity what it shows to a server that asks, or null for nothing
     * @param authorities whom it trusts, and nobody else
     */
    public static SSLContext ofClient(@Nullable Identity identity, Authorities authorities) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys(identity), new TrustManager[] {trust(authorities)}, null);
            return context;
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("The JDK's TLS takes no key store of its own", impossible);
        }
    }

    private static TrustManager trust(Authorities authorities) throws GeneralSecurityException {
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(authorities.toKeyStore());
        for (TrustManager manager : trust.getTrustManagers()) {
            if (manager instanceof X509ExtendedTrustManager certificates) {
                return new AlternativeNamesTrust(certificates);
            }
        }
        throw new GeneralSecurityException("The JDK trusts nobody by a certificate");
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
