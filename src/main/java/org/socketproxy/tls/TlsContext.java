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
        return of(identity, () -> new AlternativeNamesTrust(trust(authorities)));
    }

    /**
     * For a server.
     *
     * @param clients signed the certificates that clients show, or null if clients show none
     */
    public static SSLContext ofServer(Identity identity, @Nullable Authorities clients) {
        return of(identity, () -> clients == null ? null : trust(clients));
    }

    private interface Trust {
        @Nullable
        TrustManager manager() throws GeneralSecurityException;
    }

    private static SSLContext of(@Nullable Identity identity, Trust trust) {
        try {
            TrustManager manager = trust.manager();
            SSLContext context = SSLContext.getInstance("TLS");
            // Without any, the JDK would trust the authorities of its own file; an empty array trusts none.
            context.init(keys(identity), manager == null ? new TrustManager[0] : new TrustManager[] {manager}, null);
            return context;
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("The JDK's TLS takes no key store of its own", impossible);
        }
    }

    private static X509ExtendedTrustManager trust(Authorities authorities) throws GeneralSecurityException {
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(authorities.toKeyStore());
        for (TrustManager manager : trust.getTrustManagers()) {
            if (manager instanceof X509ExtendedTrustManager certificates) {
                return certificates;
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
