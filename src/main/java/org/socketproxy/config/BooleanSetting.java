package org.socketproxy.config;

import java.util.Locale;
import java.util.Set;

/** The words that mean yes and no, in any case. A proxy that guessed at others would allow what nobody meant. */
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

    /** What to do about a value that is neither. */
    static String advice(String value) {
        if (isWord(value.strip())) {
            return "take the blanks around the value away";
        }
        String bare = value.strip().replaceAll("^[\"']|[\"']$", "");
        if (isWord(bare)) {
            return "take the quotes away: in the list form of a compose file they become part of the value";
        }
        return ADVICE;
    }

    private static boolean isWord(String value) {
        return isYes(value) || isNo(value);
    }
}
