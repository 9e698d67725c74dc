package org.socketproxy.policy.self;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Writes references of images in one form, so that {@code nginx} and {@code docker.io/library/nginx:latest} are equal. */
final class ImageReferences {
    /** What the daemons put before a short name. */
    private static final Pattern COMPLETED =
            Pattern.compile("^(?:index\\.)?docker\\.io/(?:library/)?|^localhost/|^library/");

    private static final String DEFAULT_TAG = ":latest";

    private ImageReferences() {}

    /** Returns the repository with the digest, or else with the tag. */
    static String canonical(String reference) {
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
    static List<String> canonical(List<String> repositories, List<String> tags) {
        List<String> references = new ArrayList<>();
        for (String repository : repositories) {
            references.add(canonical(repository));
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
