package org.socketproxy.config;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.Compatibility;
import org.socketproxy.policy.Variable;
import org.socketproxy.policy.Variables;

/** Reads the variables that are on: from the environment, else from the preset, else from the defaults. */
final class PermissionReader {
    /** Variables that Tecnativa's proxy does not have: its CONTAINERS also allows these operations. */
    static final List<String> ON_IN_TECNATIVA =
            List.of("ALLOW_LOGS", "ALLOW_TOP", "ALLOW_CHANGES", "ALLOW_ARCHIVE", "ALLOW_EXPORT");

    private final Map<String, String> environment;
    private final Variables variables;
    private final List<Problem> problems;

    /** @param problems receives a problem for each value that is not a valid boolean */
    PermissionReader(Map<String, String> environment, Variables variables, List<Problem> problems) {
        this.environment = environment;
        this.variables = variables;
        this.problems = problems;
    }

    Set<String> read(@Nullable Preset preset, Compatibility compatibility) {
        Set<String> granted = new LinkedHashSet<>();
        for (Variable variable : variables.all()) {
            String value = environment.get(variable.name());
            boolean isOn = value == null ? isOnByDefault(variable, preset, compatibility) : isOn(variable, value);
            if (isOn) {
                granted.add(variable.name());
            }
        }
        return granted;
    }

    /** A preset replaces the defaults, because it is the minimum that its client needs. */
    private static boolean isOnByDefault(Variable variable, @Nullable Preset preset, Compatibility compatibility) {
        if (preset != null) {
            return preset.variables().contains(variable.name());
        }
        return variable.isOnByDefault()
                || compatibility == Compatibility.TECNATIVA && ON_IN_TECNATIVA.contains(variable.name());
    }

    private boolean isOn(Variable variable, String value) {
        if (!BooleanSetting.isYes(value) && !BooleanSetting.isNo(value)) {
            problems.add(new Problem(variable.name(), value, BooleanSetting.advice(value)));
        }
        return BooleanSetting.isYes(value);
    }
}
