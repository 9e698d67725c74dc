package org.socketproxy.listener;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Open files and sockets of this process, and their limit, as Linux tells them. */
public final class OpenFiles {
    private static final Path PROCESS = Path.of("/proc/self");
    private static final Pattern LIMIT = Pattern.compile("(?m)^Max open files +(\\d+)");

    /** A connection of a client and one to the daemon. */
    private static final int FILES_OF_A_CONNECTION = 2;
    /** For the status page, files, and queries to the daemon. */
    private static final int SPARE = 96;

    private OpenFiles() {}

    /** Returns the number of connections for which the free files suffice, without the {@code refused} ones that get an answer. */
    public static int connections(int refused) {
        OptionalLong most = most();
        OptionalLong open = open();
        if (most.isEmpty() || open.isEmpty()) {
            return Integer.MAX_VALUE;
        }
        long free = most.getAsLong() - open.getAsLong();
        long usable = free - Math.min(SPARE, free / 4) - Math.min(refused, free / 8);
        return (int) Math.max(1, Math.min(usable / FILES_OF_A_CONNECTION, Integer.MAX_VALUE));
    }

    /** Returns the number of open files; empty if it is unknown, also because no file is left to ask. */
    public static OptionalLong open() {
        try (Stream<Path> files = Files.list(PROCESS.resolve("fd"))) {
            return OptionalLong.of(files.count() - 1); // without the folder itself
        } catch (IOException unknown) {
            return OptionalLong.empty();
        }
    }

    /** Returns the limit; empty if there is none or it is unknown. */
    public static OptionalLong most() {
        try {
            Matcher limit = LIMIT.matcher(Files.readString(PROCESS.resolve("limits")));
            return limit.find() ? OptionalLong.of(Long.parseLong(limit.group(1))) : OptionalLong.empty();
        } catch (IOException unknown) {
            return OptionalLong.empty();
        }
    }
}
