package org.socketproxy.policy.create;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The elements of {@code CREATE_REQUIRE}: requirements on created containers, with the highest value of each limit.
 *
 * @param limits highest value by requirement, as it was configured; 0 without one, and for a requirement that is no limit
 */
public record Requirements(Map<Requirement, Long> limits) {
    public Requirements {
        limits = limits.isEmpty() ? Map.of() : Collections.unmodifiableMap(new EnumMap<>(limits));
    }

    /** Returns requirements with the highest limits of the table of fields. */
    static Requirements of(Set<Requirement> requirements) {
        Map<Requirement, Long> limits = new TreeMap<>();
        requirements.forEach(requirement -> limits.put(requirement, 0L));
        return new Requirements(limits);
    }

    public boolean has(Requirement requirement) {
        return limits.containsKey(requirement);
    }

    /** Returns the highest value of a limit, in bytes or processes; without a configured one that of the table of fields. */
    public long limit(Requirement requirement) {
        long configured = limits.getOrDefault(requirement, 0L);
        return configured > 0 ? configured : requirement.highest();
    }

    /** Returns true if the highest value was configured. */
    boolean hasLimit(Requirement requirement) {
        return limits.getOrDefault(requirement, 0L) > 0;
    }

    /** Returns the elements of {@code CREATE_REQUIRE}, such as {@code pids:512}; a size in bytes. */
    public List<String> words() {
        return limits.entrySet().stream()
                .map(limit -> limit.getKey().word() + (limit.getValue() > 0 ? ":" + limit.getValue() : ""))
                .toList();
    }
}
