package org.socketproxy.json;

/** Writes the segments of JSON pointers (RFC 6901). */
public final class JsonPointers {
    private static final int LONGEST = 64;

    private JsonPointers() {}

    /** Escapes a name that a client chooses: other than printable ASCII becomes {@code ?}, and a long name is cut. */
    public static String escape(String name) {
        return printable(name).replace("~", "~0").replace("/", "~1");
    }

    /** Returns printable ASCII, cut after {@value #LONGEST} characters. */
    public static String printable(String name) {
        boolean isLong = name.length() > LONGEST;
        StringBuilder text = new StringBuilder(isLong ? name.substring(0, LONGEST) + "..." : name);
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) <= ' ' || text.charAt(i) > '~') {
                text.setCharAt(i, '?');
            }
        }
        return text.toString();
    }
}
