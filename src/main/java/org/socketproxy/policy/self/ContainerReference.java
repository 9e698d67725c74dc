package org.socketproxy.policy.self;

import java.util.Set;

/** Compares the name, the id or the beginning of an id, by which a request names an object, with an object of the proxy. */
final class ContainerReference {
    /** Podman looks up the beginning of an id with the operator LIKE of SQL: any case, and these characters match others. */
    private static final String WILDCARDS = "_%";

    private ContainerReference() {}

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
}
