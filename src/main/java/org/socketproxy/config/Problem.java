package org.socketproxy.config;

/**
 * One thing that is wrong with the configuration.
 *
 * @param name of the variable or setting
 * @param found its value
 * @param advice what would be right
 */
public record Problem(String name, String found, String advice) {

    /** One sentence, such as {@code POST=maybe: use 1, true, yes or on, or 0, false, no or off}. */
    public String sentence() {
        return name + "=" + found + ": " + advice;
    }
}
