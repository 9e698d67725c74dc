package org.socketproxy.dockerapi;

import java.util.regex.Pattern;

/** Ids of containers, execs and pods, as both daemons write them. */
public final class ObjectIds {
    private static final Pattern FULL = Pattern.compile("[0-9a-f]{64}");
    private static final int SHORT = 12;

    private ObjectIds() {}

    /** Returns true for a full id, which no other object can have. */
    public static boolean isFull(String text) {
        return FULL.matcher(text).matches();
    }

    /** Returns the first characters of a full id, as the docker CLI prints it; another text as it is. */
    public static String shorten(String text) {
        return isFull(text) ? text.substring(0, SHORT) : text;
    }
}
