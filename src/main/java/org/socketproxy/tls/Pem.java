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

/** One file in the form of RFC 7468 and of OpenSSL: certificates, a key, or both, in any order. */
final class Pem {
    private static final int MAX_BYTES = 1 << 20;

    private final Path file;
    private final List<Object> objects;

    private Pem(Path file, List<Object> objects) {
        this.file = file;
        this.objects = objects;
    }

    /** @throws UnusableFileException if it cannot be read, or is no such file */
    static Pem load(Path file) throws UnusableFileException {
        String text = read(file);
        List<Object> objects = new ArrayList<>();
        try (PEMParser parser = new PEMParser(new StringReader(text))) {
            for (Object object = parser.readObject(); object != null; object = parser.readObject()) {
                objects.add(object);
            }
        } catch (IOException | RuntimeException broken) { // the parser throws both, depending on where it breaks
            throw new UnusableFileException(
                    file,
                    "it is damaged, or no PEM file; write it anew, with BEGIN and END lines and all between",
                    broken);
        }
        return new Pem(file, objects);
    }

    private static String read(Path file) throws UnusableFileException {
        if (Files.isDirectory(file)) {
            throw new UnusableFileException(file, "this is a folder; name a PEM file");
        }
        if (Files.exists(file) && !Files.isRegularFile(file)) { // opening a FIFO would wait for a writer
            throw new UnusableFileException(file, "this is not a file; name a PEM file");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new UnusableFileException(file, "it has more than 1 MiB, so it is no such file; name a PEM file");
            }
            return new String(bytes, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException missing) {
            throw new UnusableFileException(file, "there is no such file; make it, or name one that is there", missing);
        } catch (AccessDeniedException denied) {
            throw new UnusableFileException(
                    file, "this user may not read it; let the proxy's user or group read it", denied);
        } catch (IOException unreadable) {
            throw new UnusableFileException(
                    file, "it cannot be read (" + unreadable.getMessage() + "); name a file that can", unreadable);
        }
    }

    /** All certificates, in their order, at least one. */
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
            throw new UnusableFileException(file, "a certificate in it is damaged; write it anew", broken);
        }
        if (certificates.isEmpty()) {
            throw new UnusableFileException(
                    file, "there is no certificate in it; name a PEM file with BEGIN CERTIFICATE");
        }
        return certificates;
    }

    /** The first private key. */
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
                            "the key has a passphrase, and nobody is there to type it; write it without, such as by"
                                    + " openssl pkey -in FILE -out FILE");
                }
            }
        } catch (IOException unknown) {
            throw new UnusableFileException(
                    file, "the key is damaged, or of an unknown kind; use an RSA, EC or Ed25519 key", unknown);
        }
        throw new UnusableFileException(file, "there is no key in it; name a PEM file with BEGIN PRIVATE KEY");
    }
}
