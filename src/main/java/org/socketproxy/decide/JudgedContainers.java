package org.socketproxy.decide;

import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Remembers the containers or execs that rules allow, by their full id. The judged properties of a container or exec cannot change,
 * and no other one gets its id.
 *
 * <p>Threading: safe for any number of threads.
 *
 * <p>Security: beyond the limit the rules with the most entries lose their oldest one, so no profile displaces the few of another one.
 */
final class JudgedContainers {
    /** By the rules, the least recently used first. */
    private final Map<Object, Map<String, Boolean>> allowed = new HashMap<>();

    private int size;

    /** Returns true if the container or exec was allowed by these rules. Rules of another profile and rules after a reload are different rules. */
    synchronized boolean isAllowed(Object rules, String id) {
        Map<String, Boolean> ids = allowed.get(rules);
        return ids != null && ids.get(id) != null;
    }

    /** Returns the number of containers that are remembered, of all rules. */
    synchronized int size() {
        return size;
    }

    synchronized void allow(Object rules, String id) {
        Map<String, Boolean> ids = allowed.computeIfAbsent(rules, any -> new LinkedHashMap<>(16, 0.75f, true));
        size += ids.put(id, true) == null ? 1 : 0;
        if (size > DaemonObjects.MOST_CONTAINERS) {
            Map<String, Boolean> most = allowed.values().stream()
                    .max(Comparator.comparingInt(Map::size))
                    .orElse(ids);
            most.remove(most.keySet().iterator().next());
            size--;
            allowed.values().removeIf(Map::isEmpty);
        }
    }
}
