package org.socketproxy.status;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.Variable;

/**
 * What the status page and the start report show, as of now.
 *
 * @param daemon address of the daemon, such as {@code unix:///var/run/docker.sock}
 * @param open how many exchanges and tunnels are under way
 * @param granted names of the variables that are on
 * @param hints what people may not expect of these variables, in sentences
 * @param lastReload the last time that the configuration was read again, or null if it never was
 */
public record StatusFacts(
        String version,
        String daemon,
        List<String> listening,
        int open,
        List<Variable> variables,
        Set<String> granted,
        List<String> hints,
        @Nullable Reload lastReload) {

    /**
     * The configuration was read again.
     *
     * @param cause what asked for it
     * @param isApplied whether what was read holds now, or what held before
     * @param sentences what changed, or what hinders it
     */
    public record Reload(Instant at, String cause, boolean isApplied, List<String> sentences) {
        public Reload {
            sentences = List.copyOf(sentences);
        }
    }

    public StatusFacts {
        listening = List.copyOf(listening);
        variables = List.copyOf(variables);
        granted = Set.copyOf(granted);
        hints = List.copyOf(hints);
    }
}
