package org.socketproxy.policy;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The condition that every value of a parameter must meet. A parameter that is absent meets each of them.
 *
 * <p>Security: each condition names what is allowed, so that a value in an unknown form is denied.
 */
enum Condition {
    /** The value is empty; of a body: there is none. */
    EMPTY("empty") {
        @Override
        boolean holds(String value, String argument, RequestHead head, Set<String> granted) {
            return value.isEmpty();
        }
    },
    /** The value is empty or one of those in the argument, with {@code |} between them. */
    ONE_OF("one-of") {
        @Override
        boolean holds(String value, String argument, RequestHead head, Set<String> granted) {
            return value.isEmpty() || List.of(argument.split("\\|")).contains(value);
        }
    },
    /** A version that is not lower than the argument, compared part by part as numbers. */
    AT_LEAST("at-least") {
        @Override
        boolean holds(String value, String argument, RequestHead head, Set<String> granted) {
            int[] version = version(value);
            int[] least = version(argument);
            return Arrays.compare(version, least) >= 0;
        }
    },
    /** The value is empty, {@code -} (the body) or an {@code http} or {@code https} URL. */
    URL("url") {
        @Override
        boolean holds(String value, String argument, RequestHead head, Set<String> granted) {
            return value.isEmpty() || value.equals("-") || value.startsWith("http://") || value.startsWith("https://");
        }
    },
    /** The value is empty or the source of a build: an {@code http}, {@code https} or Git URL. */
    BUILD_SOURCE("build-source") {
        @Override
        boolean holds(String value, String argument, RequestHead head, Set<String> granted) {
            return URL.holds(value, argument, head, granted)
                    || value.startsWith("git://")
                    || value.startsWith("git@")
                    || value.startsWith("github.com/");
        }
    },
    /** The value is empty or an image reference, with {@code docker://} or no transport before it. */
    REFERENCE("reference") {
        @Override
        boolean holds(String value, String argument, RequestHead head, Set<String> granted) {
            boolean isTransportGiven = value.startsWith("docker://");
            String reference = isTransportGiven ? value.substring("docker://".length()) : value;
            return reference.isEmpty()
                    || IMAGE_REFERENCE.matcher(reference).matches()
                            && (isTransportGiven
                                    || !TRANSPORTS.contains(reference.split(":", 2)[0]));
        }
    },
    /** The value is empty, a tag or a digest. */
    TAG("tag") {
        @Override
        boolean holds(String value, String argument, RequestHead head, Set<String> granted) {
            return TAG_OR_DIGEST.matcher(value).matches();
        }
    },
    /** The origin of a web page is the host to which the request is sent. */
    HOST("host") {
        @Override
        boolean holds(String value, String argument, RequestHead head, Set<String> granted) {
            List<String> hosts = head.values("Host");
            int scheme = value.indexOf("://");
            return scheme > 0
                    && hosts.size() == 1
                    && value.substring(scheme + 3).equalsIgnoreCase(hosts.get(0));
        }
    },
    /** The body is no form, from which Go reads parameters before those of the query. */
    NO_FORM("no-form") {
        @Override
        boolean holds(String value, String argument, RequestHead head, Set<String> granted) {
            String type = value.toLowerCase(Locale.ROOT);
            return !head.hasBody()
                    || !type.contains("application/x-www-form-urlencoded") && !type.contains("multipart/form-data");
        }
    },
    /** The variables in the argument, with {@code |} between them, are on; or the value is empty. */
    GRANTED("granted") {
        @Override
        boolean holds(String value, String argument, RequestHead head, Set<String> granted) {
            return value.isEmpty() || granted.containsAll(List.of(argument.split("\\|")));
        }
    };

    /** Host, path, tag and digest of a reference; behind a colon there is a port or a tag, never a path. */
    private static final Pattern IMAGE_REFERENCE = Pattern.compile(
            "(?:\\[[0-9A-Fa-f:.]+](?::[0-9]+)?/)?[A-Za-z0-9](?:[A-Za-z0-9._/-]|:[A-Za-z0-9_]|@[A-Za-z0-9])*+");

    private static final Pattern TAG_OR_DIGEST = Pattern.compile("[A-Za-z0-9_.:+-]*");

    /** Podman takes what stands before the first colon for a transport if it is one of these. */
    private static final Set<String> TRANSPORTS = Set.of(
            "atomic",
            "containers-storage",
            "dir",
            "docker",
            "docker-archive",
            "docker-daemon",
            "oci",
            "oci-archive",
            "ostree",
            "sif",
            "tarball");

    private final String word;

    Condition(String word) {
        this.word = word;
    }

    String word() {
        return word;
    }

    /** The condition that the table writes as this word. */
    static Optional<Condition> of(String word) {
        return Arrays.stream(values())
                .filter(condition -> condition.word.equals(word))
                .findFirst();
    }

    /**
     * Whether a value meets the condition.
     *
     * @param argument as in the table; empty for a condition that takes none
     * @param granted the variables that are on
     */
    abstract boolean holds(String value, String argument, RequestHead head, Set<String> granted);

    /** The parts of a version as numbers; a part that is too long for one is the largest. */
    private static int[] version(String text) {
        return Arrays.stream(text.split("\\."))
                .map(part -> part.replaceFirst("^0+(?=.)", ""))
                .mapToInt(part -> part.length() > 9 ? Integer.MAX_VALUE : Integer.parseInt(part))
                .toArray();
    }
}
