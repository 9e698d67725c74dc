package org.socketproxy.reload;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * Detects a change of files by their content: a change counts when two polls in a row read the same new value. The first may
 * have read a file that was half written, or a certificate with a key that follows a moment later.
 *
 * <p>It compares contents, because that works everywhere: inotify does not work on all bind mounts, some file systems have
 * coarse modification times, and Kubernetes replaces a symbolic link to the folder.
 *
 * <p>Threading: confined to the thread of {@link ChangePoller}.
 */
final class DebouncedValue<T> {
    private final Supplier<T> reader;
    private T applied;
    private T seen;

    /**
     * Begins with a value that holds already.
     *
     * @param reader reads the files as they are now
     */
    DebouncedValue(T applied, Supplier<T> reader) {
        this.reader = reader;
        this.applied = applied;
        this.seen = applied;
    }

    /** Returns a new value, once, after two polls have read it. */
    Optional<T> poll() {
        T now = reader.get();
        boolean isChanged = now.equals(seen) && !now.equals(applied);
        seen = now;
        if (isChanged) {
            applied = now;
        }
        return isChanged ? Optional.of(now) : Optional.empty();
    }

    /** Reads the value at once: a signal says that it is complete. */
    T read() {
        seen = reader.get();
        applied = seen;
        return seen;
    }
}
