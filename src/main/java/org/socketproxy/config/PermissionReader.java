package org.socketproxy.config;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.PrintableText;
import org.socketproxy.policy.Compatibility;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.policy.create.Violation.Remedy;

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

    /**
     * Returns the settings that restrict the profile beside the variables, also those of the preset: a text with these and the
     * variables allows no more than the environment.
     */
    static List<Remedy> kept(Reading reading, @Nullable Preset preset) {
        return Stream.concat(Setting.ofPermissions().stream().filter(Setting::isLive), Stream.of(Setting.PROTECT))
                .filter(each -> each != Setting.PRESET)
                .map(each -> new Remedy(each.name(), keptValue(reading, preset, each), ""))
                .filter(each -> !each.value().isEmpty())
                .toList();
    }

    /** Returns an empty text for the default. */
    private static String keptValue(Reading reading, @Nullable Preset preset, Setting setting) {
        String value = PrintableText.oneLine(reading.text(setting));
        return switch (setting) {
            case CREATE -> value.isEmpty() ? Preset.createOf(preset) : withoutNo(value);
            case MASK -> value.isEmpty() && preset != null ? preset.mask() : withoutNo(value);
            case COMPAT -> withoutNo(value);
            default -> value.equals(setting.defaultValue()) ? "" : value;
        };
    }

    private static String withoutNo(String value) {
        return Parsers.isNo(value) || value.equalsIgnoreCase("none") ? "" : value;
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
