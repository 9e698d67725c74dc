package org.socketproxy.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Content of the file that {@code POLICY} names, at the time of reading; equality compares the content.
 *
 * <p>Security: a file without a line break at its end may be incomplete, and could lack a denial. It is rejected.
 *
 * @param name the path in the setting, or empty without a file
 * @param problems reasons why the file is unusable, empty if it can be parsed
 */
public record PolicyFile(String name, String text, List<Problem> problems) {
    private static final int MAX_KIB = 256;

    public PolicyFile {
        problems = List.copyOf(problems);
    }

    /** Loads the file that this environment names; errors become {@link #problems()}. */
    public static PolicyFile load(Map<String, String> environment) {
        ConfigurationFiles.Text file =
                ConfigurationFiles.read(environment, Setting.POLICY, "profiles in YAML", MAX_KIB);
        if (!file.text().isEmpty() && !file.text().endsWith("\n")) {
            file = ConfigurationFiles.unusable(
                    Setting.POLICY,
                    file.name(),
                    "the last line has no line break, so it may be incomplete; add a line break");
        }
        return new PolicyFile(file.name(), file.text(), file.problems());
    }

    public boolean isNamed() {
        return !name.isEmpty();
    }

    /** Returns the name without its folder, for messages to clients. */
    String shortName() {
        Path last = Path.of(name).getFileName();
        return last == null ? name : last.toString();
    }
}
