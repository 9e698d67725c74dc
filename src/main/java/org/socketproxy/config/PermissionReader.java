package org.socketproxy.config;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.Compatibility;
import org.socketproxy.policy.Variable;
import org.socketproxy.policy.Variables;

/** Reads which variables are on: what the environment says, else the preset, else the defaults. */
final class PermissionReader {
    /** That proxy has no such variables: whoever may inspect containers may do all this. */
    static final List<String> ON_IN_TECNATIVA =
            List.of("ALLOW_LOGS", "ALLOW_TOP", "ALLOW_CHANGES", "ALLOW_ARCHIVE", "ALLOW_EXPORT");

    private final Map<String, String> environment;
    private final Variables variables;
    private final List<Problem> problems;

    /** @param problems where values are reported that are neither yes nor no */
    PermissionReader(Map<String, String> environment, Variables variables, List<Problem> problems) {
        this.environment = environment;
        this.variables = variables;
        this.problems = problems;
    }

    Set<String> read(@Nullable Preset preset, Compatibility compatibility) {
        Set<String> granted = new LinkedHashSet<>();
        for (Variable variable : variables.all()) {
            String value = environment.get(variable.name());
            boolean isOn = value == null ? isOnUnsaid(variable, preset, compatibility) : isOn(variable, value);
            if (isOn) {
                granted.add(variable.name());
            }
        }
        return granted;
    }

    /** A preset is the least that its client needs, so it takes the place of the defaults. */
    private static boolean isOnUnsaid(Variable variable, @Nullable Preset preset, Compatibility compatibility) {
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
