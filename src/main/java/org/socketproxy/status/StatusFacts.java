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
import org.socketproxy.usage.RecentExchange;
import org.socketproxy.usage.RequestCount;
import org.socketproxy.usage.Usage;

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
public record StatusFacts(
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
