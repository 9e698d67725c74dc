package org.socketproxy.minisign;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.EdECPrivateKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.Arrays;
import java.util.List;

/** Secret key of minisign without a passphrase ({@code minisign -G -W}). Signs files. */
public final class SecretKey {
    private static final String ALGORITHM = "Ed";
    /** No key derivation, and the digest of the checksum; then salt and limits of the derivation, which are zero. */
    private static final byte[] UNENCRYPTED = {0, 0, 'B', '2'};

    private static final int DERIVATION = 48;
    private static final int SECRET = 64;
    private static final int CHECKSUM = 32;

    private final byte[] id;
    private final byte[] seed;
    private final byte[] open;

    private SecretKey(byte[] id, byte[] seed, byte[] open) {
        this.id = id;
        this.seed = seed;
        this.open = open;
    }

    public static SecretKey generate() throws GeneralSecurityException {
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        byte[] id = new byte[Bytes.ID];
        new SecureRandom().nextBytes(id);
        byte[] encoded = pair.getPublic().getEncoded();
        return new SecretKey(
                id,
                ((EdECPrivateKey) pair.getPrivate()).getBytes().orElseThrow(),
                Arrays.copyOfRange(encoded, encoded.length - Bytes.KEY, encoded.length));
    }

    /**
     * Parses a file with a secret key.
     *
     * @throws IllegalArgumentException if it is none, or is encrypted
     */
    public static SecretKey parse(String file) {
        List<String> lines = file.lines().toList();
        byte[] bytes = lines.size() < 2
                ? new byte[0]
                : Bytes.decode(
                        lines.get(1), ALGORITHM, 2 + UNENCRYPTED.length + DERIVATION + Bytes.ID + SECRET + CHECKSUM);
        if (!Arrays.equals(UNENCRYPTED, Arrays.copyOf(bytes, UNENCRYPTED.length))) {
            throw new IllegalArgumentException(
                    "the file has no secret key without a passphrase; sign with minisign itself, or make a key with --new-key");
        }
        int at = UNENCRYPTED.length + DERIVATION;
        return new SecretKey(
                Arrays.copyOfRange(bytes, at, at + Bytes.ID),
                Arrays.copyOfRange(bytes, at + Bytes.ID, at + Bytes.ID + Bytes.KEY),
                Arrays.copyOfRange(bytes, at + Bytes.ID + Bytes.KEY, at + Bytes.ID + SECRET));
    }

    /** Returns the content of a file with the key. */
    public String text() {
        byte[] algorithm = ALGORITHM.getBytes(UTF_8);
        byte[] checksum = Bytes.digest(CHECKSUM, Bytes.concat(algorithm, id, seed, open));
        return "untrusted comment: minisign secret key without a passphrase\n"
                + Bytes.encode(Bytes.concat(algorithm, UNENCRYPTED, new byte[DERIVATION], id, seed, open, checksum))
                + "\n";
    }

    public PublicKey publicKey() {
        return new PublicKey(id, open);
    }

    /** Returns the content of the {@code .minisig} file. */
    public String sign(byte[] content, String trustedComment) throws GeneralSecurityException {
        byte[] ofContent = sign(Bytes.digest(Bytes.SIGNATURE, content));
        byte[] ofAll = sign(Bytes.concat(ofContent, trustedComment.getBytes(UTF_8)));
        return PublicKey.signature(id, ofContent, trustedComment, ofAll);
    }

    private byte[] sign(byte[] message) throws GeneralSecurityException {
        Signature signer = Signature.getInstance("Ed25519");
        signer.initSign(KeyFactory.getInstance("Ed25519")
                .generatePrivate(new EdECPrivateKeySpec(NamedParameterSpec.ED25519, seed)));
        signer.update(message);
        return signer.sign();
    }
}
