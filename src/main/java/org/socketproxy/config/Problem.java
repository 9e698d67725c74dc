package org.socketproxy.config;

/**
 * One thing that is wrong with the configuration.
 *
 * @param place where it stands, such as {@code proxy.env line 3}, or empty for the process's environment
 * @param name of the variable or setting
 * @param found its value
 * @param advice what would be right
 */
public record Problem(String place, String name, String found, String advice) {

    /** A problem of the process's environment. */
    public Problem(String name, String found, String advice) {
        this("", name, found, advice);
    }

    /** The same problem, found elsewhere. */
    public Problem at(String where) {
        return new Problem(where, name, found, advice);
    }

    /** One line, such as {@code POST=maybe: use 1, true, yes or on, or 0, false, no or off}. */
    public String sentence() {
        return (place.isEmpty() ? "" : place + ": ") + name + "=" + shown() + ": " + advice;
    }

    /** Quoted if it would be misread as it is: empty, with blanks, or with characters that do not show. */
    private String shown() {
        boolean isPlain = !found.isEmpty() && found.chars().allMatch(c -> c > ' ' && c <= '~');
        if (isPlain) {
            return found;
        }
        StringBuilder quoted = new StringBuilder("\"");
        found.chars().forEach(c -> quoted.append(c < ' ' || c == 0x7f ? String.format("\\u%04x", c) : (char) c));
        return quoted.append('"').toString();
    }
}
