package org.socketproxy.tls;

import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.X509Certificate;

/** From when until when a certificate is to be believed. */
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
                    "this certificate expired at " + certificate.getNotAfter().toInstant() + "; make a new one",
                    expired);
        } catch (CertificateException early) {
            throw new UnusableFileException(
                    file,
                    "this certificate is valid from "
                            + certificate.getNotBefore().toInstant()
                            + " on; set the machine's clock, or make a new one",
                    early);
        }
    }
}
