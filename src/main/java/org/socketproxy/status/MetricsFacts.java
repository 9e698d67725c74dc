package org.socketproxy.status;

import java.time.Instant;
import java.util.List;
import org.socketproxy.usage.SectionTraffic;
import org.socketproxy.usage.Usage;

/**
 * Snapshot of the values of all metrics.
 *
 * @param profiles counts by profile, at least one
 * @param reload the last reload, or the start before the first one
 * @param droppedRecords audit records dropped since the start
 * @param refusedConnections connections rejected by a limit since the start
 */
public record MetricsFacts(
        String version,
        List<ProfileTraffic> profiles,
        String policyHash,
        Reload reload,
        boolean isDaemonUp,
        long droppedRecords,
        long refusedConnections) {

    public MetricsFacts {
        profiles = List.copyOf(profiles);
    }

    public record Reload(boolean isApplied, Instant at) {}

    /**
     * Active exchanges of one profile.
     *
     * @param exchanges exchanges that are neither stream nor tunnel
     * @param streams exchanges with an endless response
     */
    public record Open(long exchanges, long streams, long tunnels) {}

    /**
     * Counts of the clients of one profile.
     *
     * @param profile its name, or empty for the profile of the environment
     * @param limits empty for the profile of the environment, which has no limits
     */
    public record ProfileTraffic(
            String profile,
            Usage usage,
            List<SectionTraffic> traffic,
            List<LimitUse> limits,
            Open open,
            boolean isLearning) {
        public ProfileTraffic {
            traffic = List.copyOf(traffic);
            limits = List.copyOf(limits);
        }
    }

    /**
     * Use of one limit of a profile.
     *
     * @param limit its key in the policy file
     * @param open number that counts for it now
     * @param refused number that it has refused since the start
     */
    public record LimitUse(String limit, long open, long refused) {}
}
