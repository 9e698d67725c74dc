package org.socketproxy.policy.value;

import org.jspecify.annotations.Nullable;

/**
 * Rule for one value of a body or query: its form, pattern and bound.
 *
 * <p>Security: linear in the length of the text; no pattern comes from a client or a setting.
 *
 * <p>Threading: immutable.
 */
@FunctionalInterface
public interface ValueRule {
    /**
     * Returns the end of a sentence without the value, such as {@code is longer than 64 bytes}; null for an allowed value.
     *
     * @param text a string without its escapes, a number as written, {@code true} or {@code false}; never absent or empty
     */
    @Nullable
    String problem(String text);

    /**
     * Returns the rule of a name. A range is {@code A..B} with an optional A and B, or one number; a bar separates several:
     * {@code int:-1|1..100}.
     *
     * <ul>
     *   <li>{@code text:N}: at most N bytes of UTF-8, no NUL; {@code line:N}: also no control character
     *   <li>{@code name}: name or id of an object; {@code path}: absolute path; {@code reference}: reference of an image
     *   <li>{@code flag}: a boolean as the daemons read it in a query; {@code words:a|b}: one of these words
     *   <li>{@code int:A..B}: integer; {@code number:A..B}: decimal number; {@code bytes:A..B}: number of bytes, also with a
     *       unit; {@code duration:A..B}: duration of Go, also as a number of nanoseconds with {@code nanos:A..B}
     *   <li>{@code time}: a point in time; {@code cpus}: list of processor numbers; {@code signal}: name or number;
     *       {@code tmpfs-options}: mount options of a tmpfs
     *   <li>{@code template:log-tag}, {@code template:service}: text with placeholders of a list
     *   <li>{@code json:N}: JSON text of at most N bytes; {@code count:N}: at most N elements
     *   <li>{@code filters}: the parameter of a list; {@code processes}: arguments of ps; {@code descriptors}: columns of Podman
     * </ul>
     *
     * @throws IllegalArgumentException for an unknown name or a malformed argument
     */
    static ValueRule of(String name) {
        return ValueRules.of(name);
    }

    /**
     * Parses a size such as {@code 128k}.
     *
     * @throws IllegalArgumentException for a malformed size
     */
    static long bytes(String size) {
        return NumberRule.parseBytes(size);
    }

    /** Returns the most bytes that a daemon writes for a text in JSON, without the quotes. Go escapes {@code <}, {@code >} and {@code &}, too. */
    static long writtenLength(String text) {
        return ValueRules.writtenLength(text);
    }
}
