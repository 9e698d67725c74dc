package org.socketproxy.tls;

import java.security.GeneralSecurityException;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Makes what TLS is spoken with. */
public final class TlsContext {
    private TlsContext() {}

    /**
     * For a client, with sessions of its own.
     *
     * @param identity what it shows to a server that asks, or null for nothing
     * @param authorities whom it trusts, and nobody else
     */
    public static SSLContext ofClient(@Nullable Identity identity, Authorities authorities) {
        try {
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(authorities.toKeyStore());
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys(identity), trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("The JDK's TLS takes no key store of its own", impossible);
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
