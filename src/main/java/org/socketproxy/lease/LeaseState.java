package org.socketproxy.lease;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** States of a lease, in their order; from {@code LOST} a lease does not return. */
public enum LeaseState {
    /** Its clients may send requests. */
    OPEN,
    /** The connection of its opener has ended; its clients may go on for a short time. */
    LOST,
    /** New requests are denied; those under way may end. */
    CLOSING,
    /** Its objects are removed. */
    SWEEPING,
    /** An object could not be removed for a minute; the proxy tries again. */
    STUCK,
    /** Nothing of it is left. */
    ENDED;

    /** Returns true if its clients may send requests. */
    boolean isUsable() {
        return this == OPEN || this == LOST;
    }

    /** Returns the number of leases in each state but the last one, by its word. */
    static Map<String, Integer> counts(Stream<LeaseState> leases) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (LeaseState state : values()) {
            if (state != ENDED) {
                counts.put(state.word(), 0);
            }
        }
        leases.forEach(state -> counts.computeIfPresent(state.word(), (word, count) -> count + 1));
        return counts;
    }

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
