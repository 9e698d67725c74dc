package org.socketproxy.tls;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Searches a throwable and its causes. */
public final class CauseChain {
    private CauseChain() {}

    /** Returns the first of this type, or null. */
    public static <T extends Throwable> @Nullable T find(Throwable failure, Class<T> type) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return type.cast(cause);
            }
        }
        return null;
    }

    public static boolean any(Throwable failure, Predicate<Throwable> condition) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (condition.test(cause)) {
                return true;
            }
        }
        return false;
    }
}
