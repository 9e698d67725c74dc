package org.socketproxy.config;

import java.util.Locale;
import java.util.Set;

/**
 * Parses boolean values, case-insensitively.
 *
 * <p>Security: other values are invalid, because a guess could allow more than the administrator intends.
 */
final class BooleanSetting {
    static final String ADVICE = "use 1, true, yes or on to allow; 0, false, no, off or nothing to deny";

    private static final Set<String> YES = Set.of("1", "true", "yes", "on");
    private static final Set<String> NO = Set.of("", "0", "false", "no", "off");

    private BooleanSetting() {}

    static boolean isYes(String value) {
        return YES.contains(value.toLowerCase(Locale.ROOT));
    }

    static boolean isNo(String value) {
        return NO.contains(value.toLowerCase(Locale.ROOT));
    }

    /** Returns the fix for a value that is invalid. */
    static String advice(String value) {
        if (isValid(value.strip())) {
            return "remove the spaces around the value";
        }
        String bare = value.strip().replaceAll("^[\"']|[\"']$", "");
        if (isValid(bare)) {
            return "remove the quotes: in the list form of a compose file they become part of the value";
        }
        return ADVICE;
    }

    private static boolean isValid(String value) {
        return isYes(value) || isNo(value);
    }
}
