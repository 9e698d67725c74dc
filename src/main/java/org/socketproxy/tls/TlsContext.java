package org.socketproxy.tls;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Creates TLS contexts for the listeners and for the daemon connection. */
public final class TlsContext {
    /** Time for which a client can resume a session of a listener. */
    private static final int SESSION_SECONDS = 300;
    /** Each session of a client without tickets (RFC 5077) needs 1.4 KB of heap or more, and the JDK keeps 20,480. */
    private static final int MOST_SESSIONS = 1_000;

    private TlsContext() {}

    /**
     * Creates a client context with a new session cache; a server certificate needs a subject alternative name.
     *
     * @param identity client certificate, or null
     * @param authorities the only trusted CAs
     */
    public static SSLContext ofClient(@Nullable Identity identity, Authorities authorities) {
        return of(identity, new AlternativeNamesTrust(trust(authorities)));
    }

    /** Creates a server context; {@code clients} are the CAs of client certificates, or null if clients need none. */
    public static SSLContext ofServer(Identity identity, @Nullable Authorities clients) {
        SSLContext context = of(identity, clients == null ? null : trust(clients));
        context.getServerSessionContext().setSessionTimeout(SESSION_SECONDS);
        context.getServerSessionContext().setSessionCacheSize(MOST_SESSIONS);
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

    /** Trusts only these CAs. */
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

    /**
     * Requires also a subject alternative name of type DNS or IP in a server's certificate. Without one, the JDK falls back to the
     * common name (RFC 6125 section 6.4.4); Docker's client does not.
     *
     * <p>Security: runs during the handshake, before application data.
     */
    static final class AlternativeNamesTrust extends X509ExtendedTrustManager {
        private static final int DNS_NAME = 2; // RFC 5280 section 4.2.1.6
        private static final int IP_ADDRESS = 7;

        private final X509ExtendedTrustManager trust;

        AlternativeNamesTrust(X509ExtendedTrustManager trust) {
            this.trust = trust;
        }

        private static void check(X509Certificate[] chain) throws CertificateException {
            Collection<List<?>> names = chain[0].getSubjectAlternativeNames();
            boolean isNamed = names != null
                    && names.stream()
                            .anyMatch(name ->
                                    name.get(0).equals(DNS_NAME) || name.get(0).equals(IP_ADDRESS));
            if (!isNamed) {
                throw new CertificateException("No subject alternative name of type DNS or IP address");
            }
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            trust.checkServerTrusted(chain, type, engine);
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            trust.checkServerTrusted(chain, type, socket);
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            trust.checkServerTrusted(chain, type);
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            trust.checkClientTrusted(chain, type, engine);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            trust.checkClientTrusted(chain, type, socket);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            trust.checkClientTrusted(chain, type);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return trust.getAcceptedIssuers();
        }
    }
}
