package org.socketproxy.status;

import java.util.List;
import org.socketproxy.usage.SectionTraffic;
import org.socketproxy.usage.Usage;

/**
 * Snapshot of the values of all metrics.
 *
 * @param openExchanges number of active exchanges without streams and tunnels
 * @param openStreams number of active exchanges with an endless response
 * @param openTunnels number of active tunnels
 * @param droppedRecords audit records dropped since the start
 * @param refusedConnections connections rejected by a limit since the start
 */
public record MetricsFacts(
        String version,
        Usage usage,
        List<SectionTraffic> traffic,
        long openExchanges,
        long openStreams,
        long openTunnels,
        boolean isDaemonUp,
        long droppedRecords,
        long refusedConnections) {

    public MetricsFacts {
        traffic = List.copyOf(traffic);
    }
}
