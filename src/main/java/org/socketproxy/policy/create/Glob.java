package org.socketproxy.policy.create;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Pattern for names: {@code *} stands for any part without a slash, {@code **} for any part.
 *
 * <p>Threading: immutable.
 */
public final class Glob {
    private static final Pattern WILDCARD = Pattern.compile("\\*\\*?|[^*]+");

    private final String text;
    private final Pattern pattern;

    /** @param text the pattern; every text is valid */
    public Glob(String text) {
        this.text = text;
        this.pattern = Pattern.compile(WILDCARD.matcher(text)
                .replaceAll(part -> Matcher.quoteReplacement(
                        switch (part.group()) {
                            case "**" -> ".*";
                            case "*" -> "[^/]*";
                            default -> Pattern.quote(part.group());
                        })));
    }

    /** Returns true if the pattern matches the whole name. */
    public boolean matches(String name) {
        return pattern.matcher(name).matches();
    }

    @Override
    public String toString() {
        return text;
    }
}
