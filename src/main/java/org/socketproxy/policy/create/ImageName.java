package org.socketproxy.policy.create;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reference of an image in its full form: {@code nginx} is {@code docker.io/library/nginx}.
 *
 * @param name registry and path
 * @param tag empty without a tag
 * @param digest empty without a digest
 */
public record ImageName(String name, String tag, String digest) {
    private static final String REGISTRY =
            "(?:[a-zA-Z0-9-]++(?:\\.[a-zA-Z0-9-]++)*+|\\[[0-9a-fA-F:.]++])(?::[0-9]++)?+";
    private static final String HUB = "docker.io/";
    private static final String OFFICIAL = "library/";
    private static final String PART = "[a-z0-9]++(?:(?:\\.|__?|-++)[a-z0-9]++)*+";
    private static final Pattern REFERENCE = Pattern.compile("(?:" + REGISTRY + "/)?" + PART + "(?:/" + PART + ")*+"
            + "(?::[A-Za-z0-9_][A-Za-z0-9_.-]*+)?+(?:@[a-z0-9]++:[0-9a-f]++)?+");
    private static final Pattern MAY_BE_AN_ID = Pattern.compile("(?:sha256:)?[0-9a-f]+|sha256");

    /** Parses a reference; empty for one that is invalid, or that the daemon may read as the id of an image. */
    public static Optional<ImageName> parse(String reference) {
        if (!REFERENCE.matcher(reference).matches()
                || MAY_BE_AN_ID.matcher(reference).matches()) {
            return Optional.empty();
        }
        return Optional.of(split(reference));
    }

    /** Splits a reference, or a pattern for references. */
    public static ImageName split(String reference) {
        int at = reference.indexOf('@');
        String digest = at < 0 ? "" : reference.substring(at + 1);
        String tagged = at < 0 ? reference : reference.substring(0, at);
        int colon = tagged.indexOf(':', tagged.lastIndexOf('/') + 1);
        String tag = colon < 0 ? "" : tagged.substring(colon + 1);
        return new ImageName(full(colon < 0 ? tagged : tagged.substring(0, colon)), tag, digest);
    }

    public boolean isNameOnly() {
        return tag.isEmpty() && digest.isEmpty();
    }

    /** Returns the tag that the daemon looks up: {@code latest} without a tag and a digest. */
    public String effectiveTag() {
        return isNameOnly() ? "latest" : tag;
    }

    /** Returns the name as the daemon prints it: without the default registry, with the tag or digest that it looks up. */
    public String familiar() {
        String label = effectiveTag().isEmpty() ? "" : ":" + effectiveTag();
        return familiarName() + label + (digest.isEmpty() ? "" : "@" + digest);
    }

    /** Returns registry and path as the daemon prints them: without the default registry. */
    public String familiarName() {
        String path = name.startsWith(HUB) ? name.substring(HUB.length()) : name;
        return name.startsWith(HUB) && path.startsWith(OFFICIAL) ? path.substring(OFFICIAL.length()) : path;
    }

    /** As the daemon completes a name: {@code docker.io/nginx} is {@code docker.io/library/nginx} too. */
    private static String full(String name) {
        if (name.startsWith("**")) {
            return name;
        }
        int slash = name.indexOf('/');
        String first = slash < 0 ? "" : name.substring(0, slash);
        if (!isRegistry(first)) {
            return HUB + (slash < 0 ? OFFICIAL : "") + name;
        }
        if (!first.equals("docker.io") && !first.equals("index.docker.io")) {
            return name;
        }
        String path = name.substring(slash + 1);
        return HUB + (path.indexOf('/') < 0 && !path.equals("**") ? OFFICIAL : "") + path;
    }

    /** Returns true if a reference names the registry. */
    static boolean hasRegistry(String reference) {
        int slash = reference.indexOf('/');
        return slash > 0 && isRegistry(reference.substring(0, slash));
    }

    private static boolean isRegistry(String first) {
        return first.indexOf('.') >= 0
                || first.indexOf(':') >= 0
                || first.equals("localhost")
                || first.chars().anyMatch(c -> c >= 'A' && c <= 'Z');
    }
}
