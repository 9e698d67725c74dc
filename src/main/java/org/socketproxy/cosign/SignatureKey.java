package org.socketproxy.cosign;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Public key of {@code cosign generate-key-pair}, or another one: PEM with ECDSA, RSA or Ed25519 (RFC 7468, section 13). */
final class SignatureKey {
    private static final int MAX_BYTES = 16 * 1024;
    private static final int SMALLEST_RSA = 2048;
    private static final Pattern PEM =
            Pattern.compile("\\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\\s]+)-----END PUBLIC KEY-----\\s*");
    /** Signature algorithm by algorithm of the key; Cosign signs a SHA-256. */
    private static final Map<String, String> ALGORITHMS =
            Map.of("EC", "SHA256withECDSA", "RSA", "SHA256withRSA", "Ed25519", "Ed25519");

    private final PublicKey key;
    private final String algorithm;

    private SignatureKey(PublicKey key, String algorithm) {
        this.key = key;
        this.algorithm = algorithm;
    }

    /** @throws IOException if the file cannot be read, or has no such key; the message tells which */
    static SignatureKey read(Path file) throws IOException {
        byte[] bytes;
        try (InputStream content = Files.newInputStream(file)) {
            bytes = content.readNBytes(MAX_BYTES);
        }
        Matcher pem = PEM.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
        if (pem.matches()) {
            X509EncodedKeySpec encoded =
                    new X509EncodedKeySpec(Base64.getMimeDecoder().decode(pem.group(1)));
            for (Map.Entry<String, String> each : ALGORITHMS.entrySet()) {
                try {
                    PublicKey key = KeyFactory.getInstance(each.getKey()).generatePublic(encoded);
                    if (key instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() < SMALLEST_RSA) {
                        break;
                    }
                    return new SignatureKey(key, each.getValue());
                } catch (GeneralSecurityException other) {
                    // A key of another algorithm.
                }
            }
        }
        throw new IOException(file + " has no public key of ECDSA, Ed25519, or RSA with 2048 bits, in PEM");
    }

    /** Returns true if the key has signed the content; false also for bytes that are no signature. */
    boolean verifies(ByteBuffer content, ByteBuffer signature) {
        try {
            Signature verifier = Signature.getInstance(algorithm);
            verifier.initVerify(key);
            verifier.update(content.duplicate());
            byte[] bytes = new byte[signature.remaining()];
            signature.duplicate().get(bytes);
            return verifier.verify(bytes);
        } catch (GeneralSecurityException notOne) {
            return false;
        }
    }

    /** Equal for the same key, also in another file. */
    String identity() {
        return Base64.getEncoder().encodeToString(key.getEncoded());
    }
}
