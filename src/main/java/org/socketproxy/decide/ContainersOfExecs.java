package org.socketproxy.decide;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the container of each exec by the exec's id. No other exec gets the id.
 *
 * <p>Threading: safe for any number of threads.
 */
final class ContainersOfExecs {
    static final int MOST = 10_000;

    private final Map<String, String> containers = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > MOST;
        }
    };

    /** Returns the number of execs that are remembered. */
    synchronized int size() {
        return containers.size();
    }

    synchronized void put(String exec, String container) {
        containers.put(exec, container);
    }

    /** Returns the full id of the container, or null if it is not known. */
    synchronized @Nullable String find(String exec) {
        return containers.get(exec);
    }
}
