package org.socketproxy.status;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.Variable;
import org.socketproxy.reload.ReloadResult;

/**
 * How the proxy is set up: what the start report says, and the page too.
 *
 * @param since when it was started
 * @param learning for how long what the variables deny is still let through, or zero
 * @param daemon its address, such as {@code unix:///var/run/docker.sock}
 * @param listening where clients connect
 * @param extensions names of the extensions, in the order in which they are asked
 * @param defaults names of the variables that are on wherever the environment says nothing of them
 * @param hints what people may not expect of these variables, in sentences
 * @param lastReload the last time that the configuration was read again, or null if it never was
 */
public record ProxySetup(
        String version,
        Instant since,
        Duration learning,
        String daemon,
        List<String> listening,
        List<String> extensions,
        List<Variable> variables,
        Policy policy,
        Set<String> defaults,
        List<String> hints,
        @Nullable ReloadResult lastReload) {

    public ProxySetup {
        listening = List.copyOf(listening);
        extensions = List.copyOf(extensions);
        variables = List.copyOf(variables);
        defaults = Set.copyOf(defaults);
        hints = List.copyOf(hints);
    }

    /** Minutes of learning that are left, the one that has begun included; 0 if it is not learning. */
    public long learningMinutes() {
        return (learning.toSeconds() + 59) / 60;
    }

    /** Names of the variables that are on. */
    public Set<String> granted() {
        return policy.granted();
    }
}
