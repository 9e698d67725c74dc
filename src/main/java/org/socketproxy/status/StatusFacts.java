package org.socketproxy.status;

import java.util.List;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.exchange.ExchangeSnapshot;
import org.socketproxy.usage.CoveringPresets;
import org.socketproxy.usage.Usage;

/**
 * All that the status page is made of, as of now.
 *
 * @param operations every operation that is known, in the order of the tables
 * @param underway what has lasted for a while, oldest first
 * @param presets finds the presets that cover denied clients
 */
public record StatusFacts(
        ProxySetup setup,
        DaemonFacts daemon,
        List<Operation> operations,
        Usage usage,
        List<ExchangeSnapshot> underway,
        CoveringPresets presets) {

    public StatusFacts {
        operations = List.copyOf(operations);
        underway = List.copyOf(underway);
    }

    /**
     * What the daemon said when it was last asked.
     *
     * @param name and version, such as {@code Docker 28.5.2}; empty if it does not say
     * @param apiVersion the newest that it speaks, or empty
     * @param problem why it does not answer, in words, or empty
     */
    public record DaemonFacts(String name, String apiVersion, String problem) {
        public boolean isReachable() {
            return problem.isEmpty();
        }
    }
}
