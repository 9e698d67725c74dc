package org.socketproxy.minisign;

import java.util.Arrays;
import java.util.Base64;
import org.bouncycastle.crypto.digests.Blake2bDigest;

/** The binary forms of minisign. */
final class Bytes {
    static final int ID = 8;
    static final int KEY = 32;
    static final int SIGNATURE = 64;
    private static final int BITS = 8;

    private Bytes() {}

    static byte[] concat(byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        byte[] all = new byte[length];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }

    /**
     * Decodes Base64 of a fixed length that begins with two characters.
     *
     * @throws IllegalArgumentException for another text
     */
    static byte[] decode(String base64, String begin, int length) {
        byte[] bytes = Base64.getDecoder().decode(base64);
        if (bytes.length != length || bytes[0] != begin.charAt(0) || bytes[1] != begin.charAt(1)) {
            throw new IllegalArgumentException("another form");
        }
        return Arrays.copyOfRange(bytes, 2, bytes.length);
    }

    static String encode(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** Returns the BLAKE2b digest with this number of bytes. */
    static byte[] digest(int bytes, byte[] content) {
        Blake2bDigest digest = new Blake2bDigest(bytes * BITS);
        digest.update(content, 0, content.length);
        byte[] out = new byte[bytes];
        digest.doFinal(out, 0);
        return out;
    }
}
