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
import java.util.List;

/**
 * What we show: a certificate, the chain that leads from it to an authority, and the key that fits.
 *
 * @param chain our own certificate first
 */
public record Identity(List<X509Certificate> chain, PrivateKey key) {
    /** A key store in memory needs one, and keeps nothing from anybody by it. */
    public static final String PASSWORD = "";

    public Identity {
        chain = List.copyOf(chain);
    }

    /**
     * Reads both from PEM files, which may be the same one.
     *
     * @throws UnusableFileException if one of them cannot be used, they do not fit, or the certificate is not valid now
     */
    public static Identity load(Path certificateFile, Path keyFile) throws UnusableFileException {
        List<X509Certificate> chain = Pem.load(certificateFile).certificates();
        Validity.check(certificateFile, chain.get(0));
        PrivateKey key = Pem.load(keyFile).key();
        if (!fits(key, chain.get(0).getPublicKey())) {
            throw new UnusableFileException(
                    keyFile,
                    "this key does not belong to the certificate in " + certificateFile
                            + "; name the key that it was made with");
        }
        return new Identity(chain, key);
    }

    /** Whether what the one signs the other can verify. */
    private static boolean fits(PrivateKey key, PublicKey certified) {
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

    /** For what asks for a key store; protected by {@link #PASSWORD}. */
    public KeyStore toKeyStore() {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("identity", key, PASSWORD.toCharArray(), chain.toArray(X509Certificate[]::new));
            return store;
        } catch (GeneralSecurityException | IOException impossible) {
            throw new IllegalStateException("A key store in memory failed", impossible);
        }
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "Identity[" + chain.get(0).getSubjectX500Principal() + "]";
    }
}
