package org.socketproxy.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Values of the environment or of one profile of the policy file, and the problems with them. */
final class Reading {
    private final Map<String, String> values;
    private final boolean isStripped;
    private final List<Problem> problems = new ArrayList<>();

    private Reading(Map<String, String> values, boolean isStripped) {
        this.values = values;
        this.isStripped = isStripped;
    }

    /** Spaces around the value of a setting do not count. */
    static Reading ofEnvironment(Map<String, String> values) {
        return new Reading(values, true);
    }

    /** Spaces in a quoted text of YAML count. */
    static Reading ofProfile(Map<String, String> values) {
        return new Reading(values, false);
    }

    /** Returns true for a profile of the policy file. */
    boolean isOfFile() {
        return !isStripped;
    }

    Map<String, String> values() {
        return values;
    }

    String text(Setting setting) {
        String value = values.getOrDefault(setting.name(), setting.defaultValue());
        return isStripped ? value.strip() : value;
    }

    /** Returns the value as written, or null. */
    @Nullable
    String raw(String variable) {
        return values.get(variable);
    }

    boolean isSet(String name) {
        return !values.getOrDefault(name, "").isBlank();
    }

    boolean isSet(Setting setting) {
        return isSet(setting.name());
    }

    boolean isYes(Setting setting) {
        return Parsers.isYes(text(setting));
    }

    boolean isNo(Setting setting) {
        return Parsers.isNo(text(setting));
    }

    /** Reports an invalid boolean; {@link #isYes} does not. */
    void checkTruth(Setting setting) {
        if (!isYes(setting) && !isNo(setting)) {
            refuse(setting, Parsers.TRUTH_ADVICE);
        }
    }

    /** @param parser returns empty for an invalid value, which becomes a problem */
    <T> Optional<T> value(Setting setting, Function<String, Optional<T>> parser, String advice) {
        Optional<T> value = parser.apply(text(setting));
        if (value.isEmpty()) {
            refuse(setting, advice);
        }
        return value;
    }

    /** Splits at commas, and omits blank elements. */
    List<String> elements(Setting setting) {
        return Arrays.stream(text(setting).split(",", -1))
                .map(String::strip)
                .filter(text -> !text.isEmpty())
                .toList();
    }

    void refuse(Setting setting, String advice) {
        refuse(setting, text(setting), advice);
    }

    /** @param found the invalid part of the value */
    void refuse(Setting setting, String found, String advice) {
        problems.add(new Problem(setting.name(), found, advice));
    }

    void refuse(Problem problem) {
        problems.add(problem);
    }

    List<Problem> problems() {
        return problems;
    }
}
