package org.socketproxy.client;

import java.util.HexFormat;

/** Escapes text that a client controls, for logs and for the ledger. */
public final class PrintableText {
    private PrintableText() {}

    /**
     * Returns printable ASCII without spaces, valid inside a JSON string.
     *
     * @param maxChars length after which the text ends with {@code ...}
     */
    public static String escape(String text, int maxChars) {
        if (text.length() <= maxChars && isPlain(text)) {
            return text;
        }
        StringBuilder escaped = new StringBuilder(Math.min(text.length(), maxChars));
        for (int i = 0; i < Math.min(text.length(), maxChars); i++) {
            char c = text.charAt(i);
            if (isPlain(c)) {
                escaped.append(c);
            } else {
                escaped.append("\\u").append(HexFormat.of().toHexDigits(c));
            }
        }
        return text.length() > maxChars ? escaped.append("...").toString() : escaped.toString();
    }

    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!isPlain(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isPlain(char c) {
        return c > ' ' && c <= '~' && c != '\\' && c != '"';
    }
}
