package org.socketproxy.audit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/** Priorities for the journal of systemd, as in {@code <3>text} (sd-daemon(3)); without a journal at standard error there are none. */
public final class JournalPriority {
    private static volatile boolean isJournal;

    private JournalPriority() {}

    /** Finds out whether standard error is the journal; without this call it is not. */
    public static void detect(Map<String, String> environment) {
        isJournal = isJournal(environment.get("JOURNAL_STREAM"), Path.of("/proc/self/fd/2"));
    }

    /** Returns what stands before each line of this level: the priority, or nothing. */
    public static String of(Level level) {
        return isJournal ? prefix(level) : "";
    }

    static String prefix(Level level) {
        return switch (level) {
            case ERROR -> "<3>";
            case WARN -> "<4>";
            case INFO -> "<6>";
            case DEBUG, TRACE -> "<7>";
        };
    }

    /** @param stream device and inode of the journal's stream, such as {@code 8:1234} (systemd.exec(5)) */
    static boolean isJournal(@Nullable String stream, Path file) {
        try {
            return stream != null
                    && stream.equals(Files.getAttribute(file, "unix:dev") + ":" + Files.getAttribute(file, "unix:ino"));
        } catch (IOException | UnsupportedOperationException unknown) {
            return false;
        }
    }
}
