package org.socketproxy.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import org.socketproxy.tls.Pem.Validity;

/**
 * Trusted certificate authorities (CAs), at least one.
 */
public record Authorities(List<X509Certificate> certificates) {
    public Authorities {
        certificates = List.copyOf(certificates);
    }

    /**
     * Loads a PEM file.
     *
     * @throws UnusableFileException if the file is unusable, or no certificate is currently valid
     */
    public static Authorities load(Path file) throws UnusableFileException {
        List<X509Certificate> certificates = Pem.load(file).certificates();
        if (certificates.stream().noneMatch(Validity::isNow)) {
            Validity.check(file, certificates.get(0));
        }
        return new Authorities(certificates);
    }

    /** Returns the subjects (RFC 2253), joined by {@code or}. */
    public String names() {
        return String.join(
                " or ",
                certificates.stream()
                        .map(certificate ->
                                certificate.getSubjectX500Principal().getName())
                        .toList());
    }

    /** Creates an in-memory key store for trust managers. */
    public KeyStore toKeyStore() {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            for (int i = 0; i < certificates.size(); i++) {
                store.setCertificateEntry("authority-" + i, certificates.get(i));
            }
            return store;
        } catch (GeneralSecurityException | IOException impossible) {
            throw new IllegalStateException("The in-memory key store failed", impossible);
        }
    }
}
