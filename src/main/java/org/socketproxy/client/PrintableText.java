package org.socketproxy.client;

import java.util.HexFormat;
import java.util.regex.Pattern;

/** Escapes text of clients and of files, for logs, messages and the ledger. */
public final class PrintableText {
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\u2028\\u2029]");

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

    /** Returns one line without control characters, which become {@code \}{@code uXXXX}; other characters stay. */
    public static String oneLine(String text) {
        return CONTROL.matcher(text)
                .replaceAll(control ->
                        "\\\\u" + HexFormat.of().toHexDigits(control.group().charAt(0)));
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
