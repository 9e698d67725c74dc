package org.socketproxy.reload;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * Detects a change of files when two polls in a row read the same new content: the first could have read a half-written file, or a
 * certificate before its key. Contents work everywhere, unlike inotify on bind mounts, coarse modification times, and symbolic links of
 * Kubernetes.
 *
 * <p>Threading: confined to the thread of {@link ChangePoller}.
 */
final class DebouncedValue<T> {
    private final Supplier<T> reader;
    private T applied;
    private T seen;

    /** @param reader reads the current files */
    DebouncedValue(T applied, Supplier<T> reader) {
        this.reader = reader;
        this.applied = applied;
        this.seen = applied;
    }

    /** Returns a new value once, after two polls have read it. */
    Optional<T> poll() {
        T now = reader.get();
        boolean isChanged = now.equals(seen) && !now.equals(applied);
        seen = now;
        if (isChanged) {
            applied = now;
        }
        return isChanged ? Optional.of(now) : Optional.empty();
    }

    /** Returns the current value without waiting for a second poll, because a signal says that it is complete. */
    T read() {
        seen = reader.get();
        applied = seen;
        return seen;
    }
}
