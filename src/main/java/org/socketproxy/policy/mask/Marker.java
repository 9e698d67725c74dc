package org.socketproxy.policy.mask;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** The text in place of a masked value. */
public final class Marker {
    /** ASCII, without a character that JSON or a Go template escapes. */
    public static final String TEXT = "***masked-by-socket-proxy***";

    /** For fields in base64. */
    static final String BASE64 = Base64.getEncoder().encodeToString(TEXT.getBytes(StandardCharsets.US_ASCII));

    private static final int HEX_DIGITS = 4;

    private Marker() {}

    /** Finds the marker, or an address in place of a masked one, as text, base64, or with escapes of JSON, also in invalid JSON, which a tolerant parser could read. */
    public static boolean isIn(ByteBuffer body) {
        String text = StandardCharsets.ISO_8859_1.decode(body.duplicate()).toString();
        String plain = text.indexOf('\\') < 0 ? text : withoutEscapes(text);
        return plain.contains(TEXT) || plain.contains(BASE64) || MaskedAddress.isIn(plain);
    }

    private static String withoutEscapes(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i++);
            if (c != '\\' || i == text.length()) {
                plain.append(c);
                continue;
            }
            char escaped = text.charAt(i++);
            int code = escaped == 'u' ? hex(text, i) : -1;
            if (code >= 0) {
                plain.append((char) code);
                i += HEX_DIGITS;
            } else {
                plain.append(escaped);
            }
        }
        return plain.toString();
    }

    private static int hex(String text, int from) {
        if (from + HEX_DIGITS > text.length()) {
            return -1;
        }
        int code = 0;
        for (int i = from; i < from + HEX_DIGITS; i++) {
            int digit = Character.digit(text.charAt(i), 16);
            if (digit < 0) {
                return -1;
            }
            code = 16 * code + digit;
        }
        return code;
    }
}
