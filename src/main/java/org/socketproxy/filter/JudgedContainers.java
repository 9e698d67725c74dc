package org.socketproxy.filter;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.create.CreateRules;

/**
 * Remembers the containers that a client may enter, by their full id. The judged properties of a container cannot
 * change, and no other container gets its id.
 *
 * <p>Threading: safe for any number of threads.
 */
final class JudgedContainers {
    private static final int MOST = 10_000;

    private final Map<String, Boolean> allowed = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > MOST;
        }
    };

    private @Nullable CreateRules rules;

    /**
     * Returns true if the container was allowed by these rules. Changed rules after a reload discard the
     * remembered containers.
     */
    synchronized boolean isAllowed(CreateRules current, String id) {
        return current.equals(rules) && allowed.get(id) != null;
    }

    synchronized void allow(CreateRules current, String id) {
        if (!current.equals(rules)) {
            rules = current;
            allowed.clear();
        }
        allowed.put(id, true);
    }
}
