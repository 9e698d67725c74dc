package org.socketproxy.status;

import java.util.ArrayList;
import java.util.List;
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

    /** What Tecnativa's proxy opens with {@code CONTAINERS}, and LinuxServer's and ours do not. */
    private static final List<String> INSIDE =
            List.of("ALLOW_LOGS", "ALLOW_TOP", "ALLOW_CHANGES", "ALLOW_ARCHIVE", "ALLOW_EXPORT");

    public StatusFacts {
        listening = List.copyOf(listening);
        variables = List.copyOf(variables);
        granted = Set.copyOf(granted);
    }

    /** What its user may not expect of the variables that are on, in sentences. */
    public List<String> advice() {
        List<String> advice = new ArrayList<>();
        List<String> missing =
                BUILD.stream().filter(name -> !granted.contains(name)).toList();
        boolean isBuildWanted = granted.contains("BUILD") || granted.contains("SESSION") || granted.contains("GRPC");
        if (isBuildWanted && !missing.isEmpty()) {
            advice.add("docker build needs BUILD, SESSION, GRPC and POST together; without "
                    + String.join(" and ", missing) + " buildx silently takes another driver");
        }
        if (granted.contains("CONTAINERS") && INSIDE.stream().noneMatch(granted::contains)) {
            advice.add("CONTAINERS opens no logs, top, diff, cp or export here, as it does in Tecnativa's proxy:"
                    + " set those that you need of " + String.join(", ", INSIDE) + ", or COMPAT=tecnativa for all");
        }
        return advice;
    }
}
