package org.socketproxy.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Memory of the machine on which the proxy runs, also inside of a container with a limit. */
final class HostMemory {
    private static final Pattern TOTAL = Pattern.compile("(?m)^MemTotal:\\s+([0-9]{1,15}) kB$");
    private static final int KIBI = 1024;

    private HostMemory() {}

    /** Returns the number of bytes, or {@link Long#MAX_VALUE} if the kernel does not tell it. */
    static long bytes() {
        try {
            Matcher total = TOTAL.matcher(Files.readString(Path.of("/proc/meminfo")));
            return total.find() ? Long.parseLong(total.group(1)) * KIBI : Long.MAX_VALUE;
        } catch (IOException unreadable) {
            return Long.MAX_VALUE;
        }
    }
}
