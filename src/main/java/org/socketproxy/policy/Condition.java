package org.socketproxy.policy;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;

/**
 * Condition on every value of a parameter; a missing parameter meets it.
 *
 * <p>Security: each condition is an allowlist, so a value in an unknown form is denied.
 */
enum Condition {
    EMPTY("empty") {
        @Override
        boolean holds(String value, String argument, RequestHead head, Set<String> granted) {
            return value.isEmpty();
        }
    },
    /** The length of the body is known, and at most the argument in bytes. */
    AT_MOST("at-most") {
        @Override
        boolean holds(String value, String argument, RequestHead head, Set<String> granted) {
            return LENGTH.matcher(value).matches() && Integer.parseInt(value) <= Integer.parseInt(argument);
        }
    },
    /** The value is empty, or one of the words of the argument, separated by {@code |}. */
    ONE_OF("one-of") {
        @Override
        boolean holds(String value, String argument, RequestHead head, Set<String> granted) {
            return value.isEmpty() || List.of(argument.split("\\|")).contains(value);
        }
    },
    /** The version is at least the argument; the parts are compared as numbers. */
    AT_LEAST("at-least") {
        @Override
        boolean holds(String value, String argument, RequestHead head, Set<String> granted) {
            return isAtLeast(value, argument);
        }
    },
    /** The value is empty, {@code -} (the request body), or an HTTP URL. */
    URL("url") {
        @Override
        boolean holds(String value, String argument, RequestHead head, Set<String> granted) {
            return value.isEmpty() || value.equals("-") || value.startsWith("http://") || value.startsWith("https://");
        }
    },
    /** The value is empty, or the HTTP or Git URL of a build context. */
    BUILD_SOURCE("build-source") {
        @Override
        boolean holds(String value, String argument, RequestHead head, Set<String> granted) {
            return URL.holds(value, argument, head, granted)
                    || value.startsWith("git://")
                    || value.startsWith("git@")
                    || value.startsWith("github.com/");
        }
    },
    /** The value is empty, or an image reference without a transport or with {@code docker://}. */
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
    /** The value names files in the context of a build, as one path or a JSON list of paths. */
    BUILD_FILE("build-file") {
        @Override
        boolean holds(String value, String argument, RequestHead head, Set<String> granted) {
            return !value.contains("..")
                    && !value.contains("\\")
                    && !PREPROCESSED.matcher(value).find();
        }
    },
    /** The value is a JSON list of namespaces, none by its path, and none of the host but the user namespace. */
    NAMESPACES("namespaces") {
        @Override
        boolean holds(String value, String argument, RequestHead head, Set<String> granted) {
            return value.isEmpty() || areOwnNamespaces(value);
        }
    },
    /** Neither the value nor, if it is JSON, a name of its members contains the argument. */
    WITHOUT("without") {
        @Override
        boolean holds(String value, String argument, RequestHead head, Set<String> granted) {
            return !value.contains(argument) && (value.indexOf('\\') < 0 || isInNoName(value, argument));
        }
    },
    /** The value is empty, a tag or a digest. */
    TAG("tag") {
        @Override
        boolean holds(String value, String argument, RequestHead head, Set<String> granted) {
            return TAG_OR_DIGEST.matcher(value).matches();
        }
    },
    /**
     * The origin of the web page equals the {@code Host} header, which is an IP address or a name without dots: for other names an
     * attacker's DNS server may answer (DNS rebinding).
     */
    HOST("host") {
        @Override
        boolean holds(String value, String argument, RequestHead head, Set<String> granted) {
            List<String> hosts = head.values("Host");
            int scheme = value.indexOf("://");
            return WEB.contains(value.substring(0, Math.max(scheme, 0)).toLowerCase(Locale.ROOT))
                    && hosts.size() == 1
                    && ADDRESS_OR_SINGLE_LABEL.matcher(hosts.get(0)).matches()
                    && value.substring(scheme + 3).equalsIgnoreCase(hosts.get(0));
        }
    },
    /** The body is no form, because Go's form parser gives its parameters precedence over the query. */
    NO_FORM("no-form") {
        @Override
        boolean holds(String value, String argument, RequestHead head, Set<String> granted) {
            return NO_QUERY_FORM.holds(value, argument, head, granted)
                    && !(head.hasBody() && value.toLowerCase(Locale.ROOT).contains("multipart/form-data"));
        }
    },
    /** The body is no form in the format of a query; Podman's own build takes its contexts from a form with parts. */
    NO_QUERY_FORM("no-query-form") {
        @Override
        boolean holds(String value, String argument, RequestHead head, Set<String> granted) {
            return !(head.hasBody() && value.toLowerCase(Locale.ROOT).contains("application/x-www-form-urlencoded"));
        }
    },
    /** The value does not begin with the argument, in any case. */
    NO_PREFIX("no-prefix") {
        @Override
        boolean holds(String value, String argument, RequestHead head, Set<String> granted) {
            return !value.toLowerCase(Locale.ROOT).startsWith(argument);
        }
    },
    /** The value is empty, or all variables of the argument, separated by {@code |}, are on. */
    GRANTED("granted") {
        @Override
        boolean holds(String value, String argument, RequestHead head, Set<String> granted) {
            return value.isEmpty() || granted.containsAll(List.of(argument.split("\\|")));
        }
    },
    /**
     * The value is empty or the name of a network other than {@code host}, or all variables of the argument are on. With a colon it
     * names a container, a namespace or options.
     */
    OWN_NETWORK("own-network") {
        @Override
        boolean holds(String value, String argument, RequestHead head, Set<String> granted) {
            boolean isName = NETWORK_NAME.matcher(value).matches() && !value.equalsIgnoreCase("host");
            return isName || GRANTED.holds(value, argument, head, granted);
        }
    };

    /** Decimal number that fits in an int. */
    private static final Pattern LENGTH = Pattern.compile("[0-9]{1,9}");

    /** Schemes of pages from a server, in contrast to extensions and files. */
    private static final Set<String> WEB = Set.of("http", "https");

    /** Image reference with host, path, tag and digest; after a colon only a port or a tag, never a path. */
    private static final Pattern IMAGE_REFERENCE = Pattern.compile(
            "(?:\\[[0-9A-Fa-f:.]+](?::[0-9]+)?/)?[A-Za-z0-9](?:[A-Za-z0-9._/-]|:[A-Za-z0-9_]|@[A-Za-z0-9])*+");

    /** Podman runs the preprocessor of C on a build file that ends with {@code .in}. */
    private static final Pattern PREPROCESSED = Pattern.compile("\\.in(?![A-Za-z0-9_-])");

    /** With or without a port. */
    private static final Pattern ADDRESS_OR_SINGLE_LABEL =
            Pattern.compile("(?:[0-9]{1,3}(?:\\.[0-9]{1,3}){3}|\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9_-]+)(?::[0-9]+)?");

    private static final Pattern NETWORK_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]*+");

    private static final Pattern TAG_OR_DIGEST = Pattern.compile("[A-Za-z0-9_.:+-]*");

    private static final Set<String> NAMESPACE_FIELDS = Set.of("Name", "Host", "Path");

    /** Words that Podman reads as a transport before the first colon. */
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

    static Optional<Condition> of(String word) {
        return Arrays.stream(values())
                .filter(condition -> condition.word.equals(word))
                .findFirst();
    }

    /**
     * @param argument empty if the table has none
     * @param granted names of the variables that are on
     */
    abstract boolean holds(String value, String argument, RequestHead head, Set<String> granted);

    /** Names can have escape sequences. */
    private static boolean isInNoName(String json, String text) {
        try {
            return StrictJson.read(json) instanceof JsonObject object
                    && object.members().keySet().stream().noneMatch(name -> name.contains(text));
        } catch (InvalidJsonException invalid) {
            return false;
        }
    }

    /** Compares the parts as numbers; a part that does not fit is the maximum. Allocates nothing, because it runs for each request. */
    private static boolean isAtLeast(String version, String least) {
        int at = 0;
        int leastAt = 0;
        while (at < version.length() && leastAt < least.length()) {
            int end = endOfPart(version, at);
            int leastEnd = endOfPart(least, leastAt);
            int order = Integer.compare(part(version, at, end), part(least, leastAt, leastEnd));
            if (order != 0) {
                return order > 0;
            }
            at = end + 1;
            leastAt = leastEnd + 1;
        }
        return leastAt >= least.length();
    }

    private static int endOfPart(String version, int begin) {
        int dot = version.indexOf('.', begin);
        return dot < 0 ? version.length() : dot;
    }

    private static int part(String version, int begin, int end) {
        long number = 0;
        for (int i = begin; i < end; i++) {
            number = Math.min(number * 10 + version.charAt(i) - '0', Integer.MAX_VALUE);
        }
        return (int) number;
    }

    /**
     * Returns true if the parameter {@code nsoptions} shares no namespace but the user namespace, which a build shares by default.
     *
     * <p>Security: refuses a name in another case, because Podman would read it.
     */
    private static boolean areOwnNamespaces(String json) {
        try {
            return StrictJson.read(json) instanceof JsonArray list
                    && list.elements().stream().allMatch(Condition::isOwnNamespace);
        } catch (InvalidJsonException invalid) {
            return false;
        }
    }

    private static boolean isOwnNamespace(JsonValue element) {
        return element instanceof JsonObject namespace
                && NAMESPACE_FIELDS.containsAll(namespace.members().keySet())
                && isZero(namespace, "Path")
                && (isZero(namespace, "Host") || namespace.text("Name").equals("user"));
    }

    private static boolean isZero(JsonObject namespace, String field) {
        JsonValue value = namespace.members().get(field);
        return value == null || value.isZero();
    }
}
