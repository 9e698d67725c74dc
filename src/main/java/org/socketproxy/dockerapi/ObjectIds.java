package org.socketproxy.dockerapi;

import java.util.regex.Pattern;

/** Ids of containers, execs and pods, as both daemons write them. */
public final class ObjectIds {
    private static final Pattern FULL = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern SEGMENT = Pattern.compile("(?<=/)([0-9a-f]{12})[0-9a-f]{52}(?=/|$)");
    private static final int SHORT = 12;

    private ObjectIds() {}

    /** Returns true for a full id, which no other object can have. */
    public static boolean isFull(String text) {
        return FULL.matcher(text).matches();
    }

    /** Shortens each full id that is a segment of a path. */
    public static String shortenIn(String path) {
        return SEGMENT.matcher(path).replaceAll("$1…");
    }

    /** Returns the first characters of a full id, as the docker CLI prints it; another text as it is. */
    public static String shorten(String text) {
        return isFull(text) ? text.substring(0, SHORT) : text;
    }
}
