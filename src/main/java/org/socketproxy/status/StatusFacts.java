package org.socketproxy.status;

import java.util.List;
import java.util.Set;
import org.socketproxy.policy.Variable;

/**
 * What the status page and the start report show, as of now.
 *
 * @param daemon address of the daemon, such as {@code unix:///var/run/docker.sock}
 * @param open how many exchanges and tunnels are under way
 * @param granted names of the variables that are on
 * @param hints what people may not expect of these variables, in sentences
 */
public record StatusFacts(
        String version,
        String daemon,
        List<String> listening,
        int open,
        List<Variable> variables,
        Set<String> granted,
        List<String> hints) {

    public StatusFacts {
        listening = List.copyOf(listening);
        variables = List.copyOf(variables);
        granted = Set.copyOf(granted);
        hints = List.copyOf(hints);
    }
}
