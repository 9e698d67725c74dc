package org.socketproxy.config;

import org.jspecify.annotations.Nullable;
import org.socketproxy.client.PrintableText;

/**
 * One error in the configuration.
 *
 * @param place source of the value, such as {@code proxy.env line 3}; empty for the environment of the process
 * @param name variable, setting, or keys in the policy file such as {@code profiles.ci.deny}; may be empty
 * @param found the invalid value, or null
 * @param advice the error and its fix
 */
public record Problem(String place, String name, @Nullable String found, String advice) {

    public Problem(String name, String found, String advice) {
        this("", name, found, advice);
    }

    public Problem at(String where) {
        return new Problem(where, name, found, advice);
    }

    /** Returns one line, such as {@code POST=maybe: use 1, true, yes or on, or 0, false, no or off}. */
    public String sentence() {
        String value = found == null ? "" : "=" + shown(found);
        return PrintableText.oneLine(
                (place.isEmpty() ? "" : place + ": ") + (name.isEmpty() ? "" : name + value + ": ") + advice);
    }

    /** Quotes a value that is empty or contains spaces, control characters or non-ASCII characters. */
    private static String shown(String found) {
        boolean isPlain = !found.isEmpty() && found.chars().allMatch(c -> c > ' ' && c <= '~');
        return isPlain ? found : '"' + found + '"';
    }
}
