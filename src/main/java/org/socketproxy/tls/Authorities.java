package org.socketproxy.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;

/** Whom we trust: whoever shows a certificate that one of these has signed. */
public record Authorities(List<X509Certificate> certificates) {
    public Authorities {
        certificates = List.copyOf(certificates);
    }

    /**
     * Reads them from a PEM file.
     *
     * @throws UnusableFileException if it cannot be used, or none of them is valid now
     */
    public static Authorities load(Path file) throws UnusableFileException {
        List<X509Certificate> certificates = Pem.load(file).certificates();
        if (certificates.stream().noneMatch(Validity::isNow)) {
            Validity.check(file, certificates.get(0));
        }
        return new Authorities(certificates);
    }

    /** Their subjects by RFC 2253, with {@code or} between. */
    public String names() {
        return String.join(
                " or ",
                certificates.stream()
                        .map(certificate ->
                                certificate.getSubjectX500Principal().getName())
                        .toList());
    }

    /** For what asks for a key store. */
    public KeyStore toKeyStore() {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            for (int i = 0; i < certificates.size(); i++) {
                store.setCertificateEntry("authority-" + i, certificates.get(i));
            }
            return store;
        } catch (GeneralSecurityException | IOException impossible) {
            throw new IllegalStateException("A key store in memory failed", impossible);
        }
    }
}
