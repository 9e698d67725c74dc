package org.socketproxy.decide;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Remembers the containers that rules allow, by their full id. The judged properties of a container cannot change, and no
 * other container gets its id.
 *
 * <p>Threading: safe for any number of threads.
 */
final class JudgedContainers {
    static final int MOST = 10_000;

    private record Key(Object rules, String id) {}

    private final Map<Key, Boolean> allowed = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Boolean> eldest) {
            return size() > MOST;
        }
    };

    /** Returns true if the container was allowed by these rules. Rules of another profile and rules after a reload are different rules. */
    synchronized boolean isAllowed(Object rules, String id) {
        return allowed.get(new Key(rules, id)) != null;
    }

    /** Returns the number of containers that are remembered, of all rules. */
    synchronized int size() {
        return allowed.size();
    }

    synchronized void allow(Object rules, String id) {
        allowed.put(new Key(rules, id), true);
    }
}
