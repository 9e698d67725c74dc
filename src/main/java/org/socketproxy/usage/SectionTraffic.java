package org.socketproxy.usage;

import java.time.Duration;
import java.util.List;

/**
 * How long the allowed exchanges of one section took, and what they moved.
 *
 * @param section the variable's name; {@link #NONE} for operations without one
 * @param counts of the finite exchanges, one more than {@link #BOUNDS_MILLIS}: up to each bound, and above the last.
 *     Streams and tunnels are not among them, they last as long as somebody wants
 * @param total time of the finite exchanges
 * @param upstreamBytes from clients, those of streams and tunnels included once they have ended
 * @param downstreamBytes to clients, likewise
 */
public record SectionTraffic(
        String section, List<Long> counts, Duration total, long upstreamBytes, long downstreamBytes) {

    /** In the place of a section where an operation has none. */
    public static final String NONE = "none";

    public static final List<Long> BOUNDS_MILLIS = List.of(5L, 25L, 100L, 500L, 2500L, 10_000L, 60_000L);

    public SectionTraffic {
        counts = List.copyOf(counts);
    }
}
