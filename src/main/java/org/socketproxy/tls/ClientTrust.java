package org.socketproxy.tls;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trust in client certificates beyond the full handshake: for resumed sessions and open connections.
 *
 * <p>Threading: thread-safe; the CAs can be replaced at any time.
 */
public final class ClientTrust {
    private volatile X509ExtendedTrustManager manager;

    public ClientTrust(Authorities authorities) {
        this.manager = TlsContext.trust(authorities);
    }

    public void replace(Authorities authorities) {
        manager = TlsContext.trust(authorities);
    }

    /** Returns an unchecked chain with the client's certificate first. */
    public Chain chain(X509Certificate[] certificates) {
        return new Chain(certificates.clone());
    }

    /** Certificate chain of one connection. */
    public final class Chain {
        private final X509Certificate[] certificates;
        private volatile X509ExtendedTrustManager checkedBy;
        private volatile long nextCheckMillis;

        private Chain(X509Certificate[] certificates) {
            this.certificates = certificates;
            this.checkedBy = manager;
        }

        /**
         * Checks validity and issuer; without cost until a certificate expires or the CAs are replaced.
         *
         * @param nowMillis {@link System#currentTimeMillis}
         * @throws CertificateException if the certificate has expired, or no CA has signed it
         */
        @SuppressWarnings("JavaUtilDate") // the JDK expects it
        public void check(long nowMillis) throws CertificateException {
            X509ExtendedTrustManager current = manager;
            if (current == checkedBy && nowMillis < nextCheckMillis) {
                return;
            }
            // The JDK does not check a certificate that is itself among the CAs.
            certificates[0].checkValidity(Date.from(Instant.ofEpochMilli(nowMillis)));
            current.checkClientTrusted(
                    certificates, certificates[0].getPublicKey().getAlgorithm());
            nextCheckMillis = Arrays.stream(certificates)
                    .mapToLong(
                            certificate -> certificate.getNotAfter().toInstant().toEpochMilli() + 1)
                    .filter(expiry -> expiry > nowMillis)
                    .min()
                    .orElse(Long.MAX_VALUE);
            checkedBy = current;
        }
    }
}
