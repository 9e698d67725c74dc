package org.socketproxy.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Content of the file that {@code ENV_FILE} names, at the time of reading; equality compares the content.
 *
 * @param name the file name in the setting, or empty without a file
 * @param lines the assignments by the name of the variable or setting
 * @param problems reasons why the file is unusable, empty if it is usable
 */
public record EnvFile(String name, Map<String, Line> lines, List<Problem> problems) {
    private static final int MAX_KIB = 64;
    private static final EnvFile NONE = new EnvFile("", Map.of(), List.of());

    /**
     * The last line that assigns a value to a name.
     *
     * @param number line number, from 1
     */
    record Line(int number, String value) {}

    public EnvFile {
        lines = Map.copyOf(lines);
        problems = List.copyOf(problems);
    }

    /** Loads the file that this environment names; errors become {@link #problems()}. */
    public static EnvFile load(Map<String, String> environment) {
        String name = environment.getOrDefault(Setting.ENV_FILE.name(), "").strip();
        if (name.isEmpty()) {
            return NONE;
        }
        try {
            return parse(name, ConfigurationText.read(name, "NAME=value lines", MAX_KIB));
        } catch (ConfigurationText.UnusableException unusable) {
            return unusable(name, String.valueOf(unusable.getMessage()));
        }
    }

    static EnvFile parse(String name, String text) {
        return new EnvFileParser(name).parse(text);
    }

    private static EnvFile unusable(String name, String advice) {
        return new EnvFile(name, Map.of(), List.of(new Problem(Setting.ENV_FILE.name(), name, advice)));
    }

    /** Returns true if the environment names a file. */
    public boolean isNamed() {
        return !name.isEmpty();
    }

    /** Returns the environment, overridden by the assignments of this file. */
    public Map<String, String> over(Map<String, String> environment) {
        Map<String, String> merged = new HashMap<>(environment);
        lines.forEach((variable, line) -> merged.put(variable, line.value()));
        return merged;
    }

    /** Adds file and line to a problem whose variable this file assigns. */
    Problem place(Problem problem) {
        Line line = lines.get(problem.name());
        return line == null ? problem : problem.at(name + " line " + line.number());
    }
}
