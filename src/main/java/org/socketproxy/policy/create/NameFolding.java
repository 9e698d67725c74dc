package org.socketproxy.policy.create;

import java.util.Locale;

/**
 * Folds the names of JSON members like Go's {@code encoding/json}, which finds a field under every spelling that differs
 * only in case: ASCII letters, the long s (U+017F) and the Kelvin sign (U+212A). Dotted and dotless i (U+0130, U+0131)
 * fold too, because other decoders of Go lower-case them; folding too many characters is safe, because it only denies more names.
 */
final class NameFolding {
    private static final char LONG_S = '\u017f';
    private static final char KELVIN = '\u212a';
    private static final char DOTTED_I = '\u0130';
    private static final char DOTLESS_I = '\u0131';

    private NameFolding() {}

    static String fold(String name) {
        return name.replace(LONG_S, 's')
                .replace(KELVIN, 'k')
                .replace(DOTTED_I, 'i')
                .replace(DOTLESS_I, 'i')
                .toLowerCase(Locale.ROOT);
    }
}
