package org.socketproxy.decide;

/**
 * Remembers the containers or execs that rules allow, by their full id. The judged properties of a container or exec cannot change,
 * and no other one gets its id.
 *
 * <p>Threading: safe for any number of threads.
 */
final class JudgedContainers {
    private final SharedMap<Object, String, Boolean> allowed = new SharedMap<>(DaemonObjects.MOST_CONTAINERS);

    /** Returns true if the container or exec was allowed by these rules. Rules of another profile and rules after a reload are different rules. */
    boolean isAllowed(Object rules, String id) {
        return allowed.find(rules, id) != null;
    }

    /** Returns the number of containers that are remembered, of all rules. */
    int size() {
        return allowed.size();
    }

    void allow(Object rules, String id) {
        allowed.put(rules, id, true);
    }
}
