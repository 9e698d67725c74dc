package org.socketproxy.status;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.Variable;
import org.socketproxy.usage.Usage;

/**
 * One variable and what came of it.
 *
 * @param isUnsaid whether it is on wherever the environment says nothing of it
 * @param uses how often it allowed something, alone or with others
 * @param last when it did so last, or null for never
 */
public record VariableRow(
        Variable variable,
        boolean isOn,
        boolean isUnsaid,
        long uses,
        @Nullable Instant last) {
    static List<VariableRow> of(ProxySetup setup, Usage usage) {
        Map<String, Usage.VariableUse> uses =
                usage.variables().stream().collect(Collectors.toMap(Usage.VariableUse::variable, Function.identity()));
        return setup.variables().stream()
                .map(variable -> {
                    Usage.VariableUse use = uses.get(variable.name());
                    return new VariableRow(
                            variable,
                            setup.granted().contains(variable.name()),
                            setup.defaults().contains(variable.name()),
                            use == null ? 0 : use.count(),
                            use == null ? null : use.last());
                })
                .toList();
    }

    public String name() {
        return variable.name();
    }

    public boolean isUnused() {
        return isOn && uses == 0;
    }

    /** The line of a compose file that takes it away: to be added where it is on by itself, else to be removed. */
    public String revocation() {
        return isUnsaid ? "- " + name() + "=0" : DenialSection.line(name());
    }
}
