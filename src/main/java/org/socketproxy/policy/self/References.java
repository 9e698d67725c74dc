package org.socketproxy.policy.self;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** References in requests: names, ids and beginnings of ids of objects, and references of images. */
final class References {
    /** Podman looks up the beginning of an id with the operator LIKE of SQL: any case, and these characters are wildcards. */
    private static final String WILDCARDS = "_%";

    /** Prefixes that the daemons add to a short name. */
    private static final Pattern COMPLETED =
            Pattern.compile("^(?:index\\.)?docker\\.io/(?:library/)?|^localhost/|^library/");

    private static final String DEFAULT_TAG = ":latest";

    private References() {}

    /**
     * Returns true if a daemon may read the reference as this object.
     *
     * @param reference decoded; a slash in front is optional, as in the names of the daemon
     */
    static boolean isOf(String id, Set<String> names, String reference) {
        String plain = withoutSlash(reference);
        return names.contains(plain) || isBeginning(id, plain);
    }

    static String withoutSlash(String name) {
        int start = 0;
        while (start < name.length() && name.charAt(start) == '/') {
            start++;
        }
        return name.substring(start);
    }

    private static boolean isBeginning(String id, String text) {
        if (text.isEmpty() || text.length() > id.length() && text.indexOf('%') < 0) {
            return false;
        }
        int end = text.indexOf('%');
        int length = end < 0 ? text.length() : Math.min(end, id.length());
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (WILDCARDS.indexOf(c) < 0 && Character.toLowerCase(c) != id.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Returns a reference of an image in one form, so that {@code nginx} and {@code docker.io/library/nginx:latest} are equal: the
     * repository with the digest, or without a digest with the tag.
     */
    static String image(String reference) {
        int at = reference.indexOf('@');
        String repository = repository(reference);
        if (at >= 0) {
            return repository + reference.substring(at);
        }
        int colon = tagAt(reference);
        return repository + (colon < 0 ? DEFAULT_TAG : reference.substring(colon));
    }

    /**
     * Returns every reference that a daemon may read from a repository and a tag that are separate parameters.
     *
     * @param tags the values of the parameter, or none
     */
    static List<String> images(List<String> repositories, List<String> tags) {
        List<String> references = new ArrayList<>();
        for (String repository : repositories) {
            references.add(image(repository));
            tags.forEach(tag -> references.add(repository(repository) + ":" + tag));
        }
        return references;
    }

    private static String repository(String reference) {
        int at = reference.indexOf('@');
        String named = at < 0 ? reference : reference.substring(0, at);
        int colon = tagAt(named);
        String name = (colon < 0 ? named : named.substring(0, colon)).toLowerCase(Locale.ROOT);
        return COMPLETED.matcher(name).replaceFirst("");
    }

    private static int tagAt(String reference) {
        return reference.indexOf(':', reference.lastIndexOf('/') + 1);
    }
}
