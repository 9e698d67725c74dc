package org.socketproxy.status;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.ExchangeSnapshot;
import org.socketproxy.policy.advice.CoveringPresets;
import org.socketproxy.policy.advice.LeastPolicies;
import org.socketproxy.policy.advice.Suggestion;
import org.socketproxy.usage.DenialGroup;
import org.socketproxy.usage.RecentExchange;
import org.socketproxy.usage.SectionTraffic;
import org.socketproxy.usage.ShadowCounts;
import org.socketproxy.usage.Span;
import org.socketproxy.usage.Usage;
import org.socketproxy.usage.Usage.RequestCount;

/** Source of the data of the status page, the metrics and the health endpoints; collects it at each call. */
public interface StatusSource {
    /** Returns the data of the page for a profile, or for the first one if there is none of this name. */
    StatusFacts facts(String profile);

    /** Returns the data of all profiles of a policy file, in its order; empty without a policy file. */
    List<StatusFacts> overview();

    MetricsFacts metrics();

    /** Returns the minimal policy for all requests so far, for each profile in order; at least one. */
    List<Suggestion> suggestions();

    /** Returns the policy in force: the policy file, or lines of an env file. */
    String policy();

    /**
     * Answer about a policy.
     *
     * @param text what {@code check} prints, or the problems
     */
    record Validation(boolean isValid, String text) {}

    /** Examines the text of a policy file; null if this proxy does not. */
    default @Nullable Validation validate(String policy) {
        return null;
    }

    /** Returns the result of the last probe, which may be a few seconds old. */
    boolean isDaemonUp();

    /** Returns true from the begin of a stop of the proxy. */
    boolean isStopping();

    boolean hasDaemonAnswered();

    /** Returns a sentence; empty if the daemon answers. */
    String daemonProblem();

    /**
     * Data of the status page.
     *
     * @param operations all operations, in the order of the tables
     * @param activeExchanges active for at least one second, oldest first
     * @param history requests of each part of each span, oldest first; the last one is the current part
     * @param recent exchanges that ended last, newest first
     * @param containers finds the name of the container that had an address at a time
     * @param shadow the policy that is tried, or null
     * @param leases those that are not ended, oldest first
     */
    record StatusFacts(
            ProxySetup setup,
            DaemonFacts daemon,
            List<Operation> operations,
            Usage usage,
            List<ExchangeSnapshot> activeExchanges,
            Map<Span, List<RequestCount>> history,
            ActiveExchanges.Counts open,
            List<RecentExchange> recent,
            BiFunction<String, Instant, Optional<String>> containers,
            CoveringPresets presets,
            LeastPolicies least,
            @Nullable ShadowFacts shadow,
            List<LeaseRow> leases) {

        public StatusFacts {
            leases = List.copyOf(leases);
            operations = List.copyOf(operations);
            activeExchanges = List.copyOf(activeExchanges);
            history = Map.copyOf(history);
            recent = List.copyOf(recent);
        }

        public List<RequestCount> history(Span span) {
            return history.getOrDefault(span, List.of());
        }

        List<DenialGroup> denialGroups() {
            return usage.denialGroups(setup.profile(), least.catalogue());
        }

        /** The file in {@code SHADOW_POLICY}, and what it would have denied. */
        public record ShadowFacts(String file, ShadowCounts.Snapshot counts) {}

        /**
         * Result of the last probe of the daemon; a text is empty if unknown.
         *
         * @param name name and version, such as {@code Docker 28.5.2}
         * @param problem why the daemon does not answer, as a sentence; empty if it answers
         */
        public record DaemonFacts(String name, String apiVersion, String problem) {
            public boolean isReachable() {
                return problem.isEmpty();
            }

            public boolean isUnknown() {
                return name.isEmpty();
            }
        }
    }

    /**
     * Values of all metrics.
     *
     * @param profiles counts by profile, at least one
     * @param policyVersion of a signed policy, or 0
     * @param leases numbers by state; empty without leases
     * @param reload the last reload, or the start
     * @param droppedRecords audit records dropped since the start
     * @param refusedConnections connections rejected by a limit since the start
     * @param rejections connections and requests that were rejected before an exchange since the start, by cause
     * @param listeners state of the listeners for clients
     * @param process state of this process
     * @param shadow counts of the policy that is tried, or null
     */
    record MetricsFacts(
            String version,
            List<ProfileTraffic> profiles,
            String policyHash,
            long policyVersion,
            Map<String, Integer> leases,
            Reload reload,
            boolean isDaemonUp,
            long droppedRecords,
            long refusedConnections,
            Map<String, Long> rejections,
            ListenerFacts listeners,
            ProcessFacts process,
            ShadowCounts.@Nullable Snapshot shadow) {

        public MetricsFacts {
            profiles = List.copyOf(profiles);
            leases = Map.copyOf(leases);
            rejections = Map.copyOf(rejections);
        }

        /**
         * State of the listeners for clients.
         *
         * @param open connections by address; empty for the listeners of another server
         * @param most highest number of connections of all listeners
         * @param certificates the last second in which a certificate of the proxy is valid, by its use
         */
        public record ListenerFacts(Map<String, Integer> open, int most, Map<String, Instant> certificates) {
            public static final ListenerFacts NONE = new ListenerFacts(Map.of(), 0, Map.of());

            public ListenerFacts {
                open = Map.copyOf(open);
                certificates = Map.copyOf(certificates);
            }
        }

        public record Reload(boolean isApplied, Instant at) {}

        /**
         * State of this process.
         *
         * @param openFiles empty if unknown, as is {@code mostFiles}
         * @param droppedMessages messages on standard error that were dropped since the start
         * @param failedWrites failed writes of the logs since the start, by output
         * @param failedLedgers failed writes of the ledger since the start
         */
        public record ProcessFacts(
                OptionalLong openFiles,
                OptionalLong mostFiles,
                long droppedMessages,
                Map<String, Long> failedWrites,
                long failedLedgers) {
            public ProcessFacts {
                failedWrites = Collections.unmodifiableMap(new TreeMap<>(failedWrites));
            }
        }

        /**
         * Counts of the clients of one profile.
         *
         * @param profile empty for the profile of the environment, which has no limits
         */
        public record ProfileTraffic(
                String profile,
                Usage usage,
                List<SectionTraffic> traffic,
                List<LimitUse> limits,
                ActiveExchanges.Counts open,
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
