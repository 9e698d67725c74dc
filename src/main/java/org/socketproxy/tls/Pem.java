package org.socketproxy.tls;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;

/** PEM file (RFC 7468, or the traditional OpenSSL format) with certificates and keys in any order. */
final class Pem {
    private static final int MAX_BYTES = 1 << 20;

    private final Path file;
    private final List<Object> objects;

    private Pem(Path file, List<Object> objects) {
        this.file = file;
        this.objects = objects;
    }

    /** @throws UnusableFileException if it is unreadable or not a PEM file */
    static Pem load(Path file) throws UnusableFileException {
        String text = read(file);
        List<Object> objects = new ArrayList<>();
        try (PEMParser parser = new PEMParser(new StringReader(text))) {
            for (Object object = parser.readObject(); object != null; object = parser.readObject()) {
                objects.add(object);
            }
        } catch (IOException | RuntimeException broken) { // PEMParser throws both, depending on the fault
            throw new UnusableFileException(
                    file,
                    "the file is damaged, or not a PEM file; write it again with its BEGIN and END lines",
                    broken);
        }
        return new Pem(file, objects);
    }

    private static String read(Path file) throws UnusableFileException {
        if (Files.isDirectory(file)) {
            throw new UnusableFileException(file, "this is a folder; name a PEM file");
        }
        if (Files.exists(file) && !Files.isRegularFile(file)) { // open() of a FIFO blocks until a writer opens it
            throw new UnusableFileException(file, "this is not a regular file; name a PEM file");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new UnusableFileException(file, "the file is larger than 1 MiB; name a PEM file");
            }
            return new String(bytes, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException missing) {
            throw new UnusableFileException(file, "the file does not exist; create it, or name another file", missing);
        } catch (AccessDeniedException denied) {
            throw new UnusableFileException(
                    file, "the proxy's user has no read permission; let its user or group read the file", denied);
        } catch (IOException unreadable) {
            throw new UnusableFileException(
                    file,
                    "the file cannot be read (" + unreadable.getMessage() + "); name a readable file",
                    unreadable);
        }
    }

    /** Returns all certificates in order, at least one. */
    List<X509Certificate> certificates() throws UnusableFileException {
        List<X509Certificate> certificates = new ArrayList<>();
        JcaX509CertificateConverter converter = new JcaX509CertificateConverter();
        try {
            for (Object object : objects) {
                if (object instanceof X509CertificateHolder holder) {
                    certificates.add(converter.getCertificate(holder));
                }
            }
        } catch (CertificateException broken) {
            throw new UnusableFileException(file, "a certificate in the file is damaged; write the file again", broken);
        }
        if (certificates.isEmpty()) {
            throw new UnusableFileException(
                    file, "the file contains no certificate; name a PEM file with BEGIN CERTIFICATE");
        }
        return certificates;
    }

    /** Returns the first private key. */
    PrivateKey key() throws UnusableFileException {
        JcaPEMKeyConverter converter = new JcaPEMKeyConverter();
        try {
            for (Object object : objects) {
                if (object instanceof PrivateKeyInfo key) {
                    return converter.getPrivateKey(key);
                }
                if (object instanceof PEMKeyPair pair) {
                    return converter.getPrivateKey(pair.getPrivateKeyInfo());
                }
                if (object instanceof PEMEncryptedKeyPair || object instanceof PKCS8EncryptedPrivateKeyInfo) {
                    throw new UnusableFileException(
                            file,
                            "the key has a passphrase, which the proxy cannot ask for; remove it, for example with"
                                    + " openssl pkey -in FILE -out FILE");
                }
            }
        } catch (IOException unknown) {
            throw new UnusableFileException(
                    file, "the key is damaged, or its algorithm is unknown; use an RSA, EC or Ed25519 key", unknown);
        }
        throw new UnusableFileException(file, "the file contains no key; name a PEM file with BEGIN PRIVATE KEY");
    }

    static final class Validity {
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
                        "this certificate expired at "
                                + certificate.getNotAfter().toInstant() + "; create a new one",
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
}
