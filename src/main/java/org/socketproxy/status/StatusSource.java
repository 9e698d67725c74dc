package org.socketproxy.status;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.ExchangeSnapshot;
import org.socketproxy.policy.advice.CoveringPresets;
import org.socketproxy.policy.advice.LeastPolicies;
import org.socketproxy.policy.advice.Suggestion;
import org.socketproxy.usage.RecentExchange;
import org.socketproxy.usage.SectionTraffic;
import org.socketproxy.usage.Usage;
import org.socketproxy.usage.Usage.RequestCount;

/** Source of the data of the status page, the metrics and the health endpoints; collects it at each call. */
public interface StatusSource {
    /**
     * Data of the status page.
     *
     * @param profile name of the profile to show; the first one if there is no such profile
     */
    StatusFacts facts(String profile);

    MetricsFacts metrics();

    /** The minimal policy that allows all requests so far, for each profile in its order; at least one. */
    List<Suggestion> suggestions();

    /** Returns true if the daemon answers or answered in the last probe, which may be a few seconds old. */
    boolean isDaemonUp();

    /** Returns true if the daemon has answered at least once. */
    boolean hasDaemonAnswered();

    /** Returns why the daemon does not answer, as a sentence; empty if it answers. */
    String daemonProblem();

    /**
     * Snapshot of the data of the status page.
     *
     * @param operations all known operations, in the order of the tables
     * @param activeExchanges active exchanges of at least one second, oldest first
     * @param lastHour requests by minute, oldest first; the last one is the current minute
     * @param recent exchanges that ended last, newest first
     * @param containers finds the name of the container that had an address at a time
     * @param open number of active exchanges of the profile by kind
     * @param presets finds the presets that cover denied clients
     */
    record StatusFacts(
            ProxySetup setup,
            DaemonFacts daemon,
            List<Operation> operations,
            Usage usage,
            List<ExchangeSnapshot> activeExchanges,
            List<RequestCount> lastHour,
            ActiveExchanges.Counts open,
            List<RecentExchange> recent,
            BiFunction<String, Instant, Optional<String>> containers,
            CoveringPresets presets,
            LeastPolicies least) {

        public StatusFacts {
            operations = List.copyOf(operations);
            activeExchanges = List.copyOf(activeExchanges);
            lastHour = List.copyOf(lastHour);
            recent = List.copyOf(recent);
        }

        /**
         * Result of the last probe of the daemon.
         *
         * @param name name and version, such as {@code Docker 28.5.2}; empty if unknown
         * @param apiVersion newest API version, or empty if unknown
         * @param problem why the daemon does not answer, as a sentence; empty if it answers
         */
        public record DaemonFacts(String name, String apiVersion, String problem) {
            public boolean isReachable() {
                return problem.isEmpty();
            }

            /** Returns whether the page cannot know which of the two APIs is that of the daemon. */
            public boolean isUnknown() {
                return name.isEmpty();
            }
        }
    }

    /**
     * Snapshot of the values of all metrics.
     *
     * @param profiles counts by profile, at least one
     * @param reload the last reload, or the start before the first one
     * @param droppedRecords audit records dropped since the start
     * @param refusedConnections connections rejected by a limit since the start
     */
    record MetricsFacts(
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
}
