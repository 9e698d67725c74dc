package org.socketproxy.config;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.Compatibility;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;

/** Reads the variables, {@code COMPAT} and {@code PRESET}. */
final class PermissionReader {
    private PermissionReader() {}

    static Compatibility compatibility(Reading reading) {
        String value = reading.text(Setting.COMPAT);
        if (value.equalsIgnoreCase("tecnativa")) {
            return Compatibility.TECNATIVA;
        }
        if (!Parsers.isNo(value) && !value.equalsIgnoreCase("linuxserver")) {
            reading.refuse(
                    Setting.COMPAT, "use tecnativa, or unset it to interpret the variables like LinuxServer's proxy");
        }
        return Compatibility.LINUXSERVER;
    }

    static @Nullable Preset preset(Reading reading) {
        return reading.isNo(Setting.PRESET)
                ? null
                : reading.value(Setting.PRESET, Preset::find, Preset.advice(reading.text(Setting.PRESET)))
                        .orElse(null);
    }

    /** Returns the variables that are on, by the environment, else by the preset, else by default. */
    static Set<String> granted(
            Reading reading, Variables variables, @Nullable Preset preset, Compatibility compatibility) {
        Set<String> granted = new LinkedHashSet<>();
        for (Variable variable : variables.all()) {
            String value = reading.raw(variable.name());
            if (value == null ? isOnByDefault(variable, preset, compatibility) : isOn(reading, variable, value)) {
                granted.add(variable.name());
            }
        }
        return granted;
    }

    static Set<String> defaults(Variables variables, @Nullable Preset preset, Compatibility compatibility) {
        return variables.all().stream()
                .filter(variable -> isOnByDefault(variable, preset, compatibility))
                .map(Variable::name)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** A preset replaces the defaults, because it is the minimum that its client needs. */
    private static boolean isOnByDefault(Variable variable, @Nullable Preset preset, Compatibility compatibility) {
        if (preset != null) {
            return preset.variables().contains(variable.name());
        }
        return variable.isOnByDefault()
                || compatibility == Compatibility.TECNATIVA && Variables.ON_IN_TECNATIVA.contains(variable.name());
    }

    private static boolean isOn(Reading reading, Variable variable, String value) {
        boolean isOn = Parsers.isYes(value);
        if (!isOn && !Parsers.isNo(value)) {
            reading.refuse(new Problem(variable.name(), value, Parsers.truthAdvice(value)));
        }
        return isOn;
    }
}
