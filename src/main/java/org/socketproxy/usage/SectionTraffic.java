package org.socketproxy.usage;

import java.time.Duration;
import java.util.List;

/**
 * Durations and bytes of the allowed exchanges of one section.
 *
 * @param section the variable's name, or {@link #NONE} for operations without a section
 * @param counts histogram of the durations of finite exchanges, without streams and tunnels: one count for each bound
 *     of {@link #BOUNDS_MILLIS}, and one for longer exchanges
 * @param total total duration of the finite exchanges
 * @param upstreamBytes bytes from clients, including streams and tunnels that have ended
 * @param downstreamBytes bytes to clients, including streams and tunnels that have ended
 */
public record SectionTraffic(
        String section, List<Long> counts, Duration total, long upstreamBytes, long downstreamBytes) {

    /** Section of operations without a section. */
    public static final String NONE = "none";

    public static final List<Long> BOUNDS_MILLIS = List.of(5L, 25L, 100L, 500L, 2500L, 10_000L, 60_000L);

    public SectionTraffic {
        counts = List.copyOf(counts);
    }
}
