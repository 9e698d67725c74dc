package org.socketproxy.client;

import java.util.HexFormat;

/** Escapes text that a client controls, for logs and for the ledger. */
public final class PrintableText {
    private PrintableText() {}

    /**
     * One word of printable ASCII, whatever the text holds, which may stand between the quotes of a JSON string.
     *
     * @param longest how many characters of it are kept
     */
    public static String escape(String text, int longest) {
        StringBuilder escaped = new StringBuilder(Math.min(text.length(), longest));
        for (int i = 0; i < Math.min(text.length(), longest); i++) {
            char c = text.charAt(i);
            if (c > ' ' && c <= '~' && c != '\\' && c != '"') {
                escaped.append(c);
            } else {
                escaped.append("\\u").append(HexFormat.of().toHexDigits(c));
            }
        }
        return text.length() > longest ? escaped.append("...").toString() : escaped.toString();
    }
}
