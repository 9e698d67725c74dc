package org.socketproxy.archive;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Digest of a content, in the form of descriptors. */
final class Sha256 {
    static final String PREFIX = "sha256:";

    private final MessageDigest digest;

    Sha256() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    void add(ByteBuffer part) {
        digest.update(part.duplicate());
    }

    /** Returns the digest, and begins a new one. */
    String text() {
        return PREFIX + HexFormat.of().formatHex(digest.digest());
    }
}
