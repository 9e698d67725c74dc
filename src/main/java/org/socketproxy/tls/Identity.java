package org.socketproxy.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import org.socketproxy.tls.Pem.Validity;

/**
 * Certificate of the proxy with its chain and private key.
 *
 * @param chain the proxy's certificate first, then the intermediate certificates
 */
public record Identity(List<X509Certificate> chain, PrivateKey key) {
    /** Password of the in-memory key store, which the API requires; it protects nothing. */
    public static final String PASSWORD = "";

    public Identity {
        chain = List.copyOf(chain);
    }

    /** Returns the time until which the certificate is valid. */
    Instant expiry() {
        return chain.get(0).getNotAfter().toInstant();
    }

    /**
     * Loads certificate chain and key from PEM files, which may be the same.
     *
     * @throws UnusableFileException if a file is unusable, the key does not match, or the certificate is not currently valid
     */
    public static Identity load(Path certificateFile, Path keyFile) throws UnusableFileException {
        List<X509Certificate> chain = Pem.load(certificateFile).certificates();
        Validity.check(certificateFile, chain.get(0));
        PrivateKey key = Pem.load(keyFile).key();
        if (!matches(key, chain.get(0).getPublicKey())) {
            throw new UnusableFileException(
                    keyFile,
                    "this key does not belong to the certificate in " + certificateFile
                            + "; name the key of that certificate");
        }
        return new Identity(chain, key);
    }

    /** Signs with the private key, and verifies with the public key. */
    private static boolean matches(PrivateKey key, PublicKey certified) {
        String algorithm = switch (certified.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> certified.getAlgorithm();
        };
        byte[] bytes = new byte[32];
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(bytes);
            byte[] signed = signature.sign();
            signature.initVerify(certified);
            signature.update(bytes);
            return signature.verify(signed);
        } catch (InvalidKeyException other) {
            return false;
        } catch (GeneralSecurityException unknown) {
            return key.getAlgorithm().equals(certified.getAlgorithm());
        }
    }

    /** Creates an in-memory key store with the password {@link #PASSWORD}. */
    public KeyStore toKeyStore() {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("identity", key, PASSWORD.toCharArray(), chain.toArray(X509Certificate[]::new));
            return store;
        } catch (GeneralSecurityException | IOException impossible) {
            throw new IllegalStateException("The in-memory key store failed", impossible);
        }
    }

    /** Omits the key. */
    @Override
    public String toString() {
        return "Identity[" + chain.get(0).getSubjectX500Principal() + "]";
    }
}
