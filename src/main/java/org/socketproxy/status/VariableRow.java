package org.socketproxy.status;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.policy.advice.DangerLevel;
import org.socketproxy.usage.Usage;

/**
 * A row of the table of variables.
 *
 * @param level gain of a hostile client by it, or null
 * @param last null if it was never used
 */
public record VariableRow(
        Variable variable,
        boolean isOn,
        boolean isOnByDefault,
        long uses,
        @Nullable DangerLevel level,
        @Nullable Instant last) {
    static List<VariableRow> of(ProxySetup setup, Usage usage, OperationCatalogue catalogue) {
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
                            level(variable, setup, catalogue),
                            use == null ? null : use.last());
                })
                .toList();
    }

    private static @Nullable DangerLevel level(Variable variable, ProxySetup setup, OperationCatalogue catalogue) {
        DangerLevel worst = DangerLevel.of(Set.of(variable.name()), setup.profile(), catalogue);
        return worst == null && variable.danger() != null ? DangerLevel.LOW : worst;
    }

    public String name() {
        return variable.name();
    }

    public boolean isUnused() {
        return isOn && uses == 0;
    }
}
