package org.socketproxy.status;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.socketproxy.policy.Variable;

/**
 * What the status page and the start report show, as of now.
 *
 * @param daemon address of the daemon, such as {@code unix:///var/run/docker.sock}
 * @param open how many exchanges and tunnels are under way
 * @param granted names of the variables that are on
 */
public record StatusFacts(
        String version,
        String daemon,
        List<String> listening,
        int open,
        List<Variable> variables,
        Set<String> granted) {

    /** BuildKit reaches the daemon by these; lacking one, buildx takes another driver without a word. */
    private static final List<String> BUILD = List.of("BUILD", "SESSION", "GRPC", "POST");

    public StatusFacts {
        listening = List.copyOf(listening);
        variables = List.copyOf(variables);
        granted = Set.copyOf(granted);
    }

    /** What is odd about the variables that are on, as a sentence. */
    public Optional<String> advice() {
        List<String> missing =
                BUILD.stream().filter(name -> !granted.contains(name)).toList();
        boolean isBuildWanted = granted.contains("BUILD") || granted.contains("SESSION") || granted.contains("GRPC");
        if (!isBuildWanted || missing.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of("docker build needs BUILD, SESSION, GRPC and POST together; without "
                + String.join(" and ", missing) + " buildx silently takes another driver");
    }
}
