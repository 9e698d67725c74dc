package org.socketproxy.policy.build;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Notation for the wire format of Protocol Buffers: {@code 1"text"} is field 1 with a text, {@code 2=5} a number, <code>3{ 1"a" }</code> a
 * message, and {@code <0a01ff>} are bytes.
 */
final class WireText {
    private static final Pattern TOKEN =
            Pattern.compile("\\s*(?:<([0-9a-f]*)>|([0-9]+)\"([^\"]*)\"|([0-9]+)=([0-9]+)|([0-9]+)\\{|(})|$)");

    private final Matcher token;

    private WireText(String text) {
        token = TOKEN.matcher(text);
    }

    /** @throws IllegalArgumentException if the text is not in this notation */
    static byte[] bytes(String text) {
        return new WireText(text).message();
    }

    private byte[] message() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        while (true) {
            if (!token.lookingAt()) {
                throw new IllegalArgumentException("not the notation, from position " + token.regionStart());
            }
            int end = token.end();
            boolean isEnd = token.group().isBlank() || token.group(7) != null;
            String hex = token.group(1);
            String number = token.group(2) != null ? token.group(2) : token.group(6);
            String text = token.group(3);
            if (hex != null) {
                for (int i = 0; i < hex.length(); i += 2) {
                    out.write(Integer.parseInt(hex.substring(i, i + 2), 16));
                }
            } else if (token.group(4) != null) {
                varint(out, Long.parseLong(token.group(4)) << 3);
                varint(out, Long.parseUnsignedLong(token.group(5)));
            }
            token.region(end, token.regionEnd());
            if (isEnd) {
                return out.toByteArray();
            }
            if (number != null) {
                delimited(out, number, text == null ? message() : text.getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private static void delimited(ByteArrayOutputStream out, String number, byte[] content) {
        varint(out, Long.parseLong(number) << 3 | 2);
        varint(out, content.length);
        out.writeBytes(content);
    }

    private static void varint(ByteArrayOutputStream out, long value) {
        long rest = value;
        while (Long.compareUnsigned(rest, 0x7f) > 0) {
            out.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }
}
