package org.socketproxy.tls;

import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.X509Certificate;

/** Checks the validity period of a certificate. */
final class Validity {
    private Validity() {}

    static boolean isNow(X509Certificate certificate) {
        try {
            certificate.checkValidity();
            return true;
        } catch (CertificateException notNow) {
            return false;
        }
    }

    static void check(Path file, X509Certificate certificate) throws UnusableFileException {
        try {
            certificate.checkValidity();
        } catch (CertificateExpiredException expired) {
            throw new UnusableFileException(
                    file,
                    "this certificate expired at " + certificate.getNotAfter().toInstant() + "; create a new one",
                    expired);
        } catch (CertificateException early) {
            throw new UnusableFileException(
                    file,
                    "this certificate is not valid before "
                            + certificate.getNotBefore().toInstant()
                            + "; correct the machine's clock, or create a new certificate",
                    early);
        }
    }
}
