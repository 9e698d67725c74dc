package org.socketproxy.status;

import java.util.List;
import org.socketproxy.usage.SectionTraffic;
import org.socketproxy.usage.Usage;

/**
 * What the metrics are made of, as of now.
 *
 * @param openExchanges finite ones under way
 * @param openStreams exchanges under way that may go on without end
 * @param droppedRecords lines that the audit log lost since the start
 * @param refusedConnections connections that a limit refused since the start
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
