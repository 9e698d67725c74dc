package org.socketproxy.minisign;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Public key of minisign. Verifies detached signatures. */
public final class PublicKey {
    /** Header of an Ed25519 key in X.509 form. */
    private static final byte[] X509 = HexFormat.of().parseHex("302a300506032b6570032100");

    private static final String ALGORITHM = "Ed";
    private static final String PREHASHED = "ED";
    private static final String UNTRUSTED = "untrusted comment: ";
    private static final String TRUSTED = "trusted comment: ";
    private static final int LINES = 4;

    private final byte[] id;
    private final byte[] key;

    PublicKey(byte[] id, byte[] key) {
        this.id = id.clone();
        this.key = key.clone();
    }

    /** Thrown for a file without a valid signature; the message is a part of a sentence. */
    public static final class UnsignedException extends Exception {
        private static final long serialVersionUID = 1;

        UnsignedException(String message) {
            super(message);
        }
    }

    /** Parses the second line of a file with a public key, such as {@code RWQ...}; empty for another text. */
    public static Optional<PublicKey> parse(String base64) {
        try {
            byte[] bytes = Bytes.decode(base64, ALGORITHM, 2 + Bytes.ID + Bytes.KEY);
            PublicKey parsed =
                    new PublicKey(Arrays.copyOf(bytes, Bytes.ID), Arrays.copyOfRange(bytes, Bytes.ID, bytes.length));
            parsed.ofJdk();
            return Optional.of(parsed);
        } catch (IllegalArgumentException | GeneralSecurityException other) {
            return Optional.empty();
        }
    }

    /** Returns the key as one word. */
    public String text() {
        return Bytes.encode(Bytes.concat(ALGORITHM.getBytes(UTF_8), id, key));
    }

    private java.security.PublicKey ofJdk() throws GeneralSecurityException {
        return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(Bytes.concat(X509, key)));
    }

    /**
     * Verifies a signature by one of the keys, and returns its trusted comment.
     *
     * @param signature text of the {@code .minisig} file
     */
    public static String verify(byte[] content, String signature, List<PublicKey> keys) throws UnsignedException {
        List<String> lines = signature.lines().toList();
        if (lines.size() != LINES
                || !lines.get(0).startsWith(UNTRUSTED)
                || !lines.get(2).startsWith(TRUSTED)) {
            throw new UnsignedException("the signature has not the form of minisign");
        }
        String comment = lines.get(2).substring(TRUSTED.length());
        byte[] bytes;
        byte[] ofAll;
        try {
            bytes = Bytes.decode(lines.get(1), PREHASHED, 2 + Bytes.ID + Bytes.SIGNATURE);
            ofAll = java.util.Base64.getDecoder().decode(lines.get(3));
        } catch (IllegalArgumentException other) {
            throw new UnsignedException("the signature has not the form of minisign with a digest (minisign -S -H)");
        }
        byte[] id = Arrays.copyOf(bytes, Bytes.ID);
        byte[] ofContent = Arrays.copyOfRange(bytes, Bytes.ID, bytes.length);
        PublicKey signer = keys.stream()
                .filter(each -> Arrays.equals(each.id, id))
                .findFirst()
                .orElseThrow(() -> new UnsignedException("another key has signed it"));
        if (!signer.verifies(Bytes.digest(Bytes.SIGNATURE, content), ofContent)) {
            throw new UnsignedException("the signature is not of this content");
        }
        if (!signer.verifies(Bytes.concat(ofContent, comment.getBytes(UTF_8)), ofAll)) {
            throw new UnsignedException("the trusted comment of the signature was changed");
        }
        return comment;
    }

    private boolean verifies(byte[] message, byte[] signature) {
        try {
            Signature verifier = Signature.getInstance("Ed25519");
            verifier.initVerify(ofJdk());
            verifier.update(message);
            return signature.length == Bytes.SIGNATURE && verifier.verify(signature);
        } catch (GeneralSecurityException malformed) {
            return false;
        }
    }

    static String signature(byte[] id, byte[] ofContent, String comment, byte[] ofAll) {
        return UNTRUSTED + "signature from docker-socket-proxy\n"
                + Bytes.encode(Bytes.concat(PREHASHED.getBytes(UTF_8), id, ofContent)) + "\n"
                + TRUSTED + comment + "\n"
                + Bytes.encode(ofAll) + "\n";
    }
}
