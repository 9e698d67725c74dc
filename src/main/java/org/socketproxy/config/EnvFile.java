package org.socketproxy.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Content of the file that {@code ENV_FILE} names, at the time of reading.
 *
 * @param name the file name in the setting, or empty without a file
 * @param lines the assignments by variable or setting
 * @param problems reasons why the file is unusable
 */
public record EnvFile(String name, Map<String, Line> lines, List<Problem> problems) {
    private static final int MAX_KIB = 64;

    /** The last line that assigns a value to a name, counted from 1. */
    record Line(int number, String value) {}

    public EnvFile {
        lines = Map.copyOf(lines);
        problems = List.copyOf(problems);
    }

    public static EnvFile load(Map<String, String> environment) {
        ConfigurationFiles.TextFile file =
                ConfigurationFiles.read(environment, Setting.ENV_FILE, "NAME=value lines", MAX_KIB);
        return file.name().isEmpty() || !file.problems().isEmpty()
                ? new EnvFile(file.name(), Map.of(), file.problems())
                : parse(file.name(), file.text());
    }

    static EnvFile parse(String name, String text) {
        return new Parser(name).parse(text);
    }

    public boolean isNamed() {
        return !name.isEmpty();
    }

    public Map<String, String> over(Map<String, String> environment) {
        Map<String, String> merged = new HashMap<>(environment);
        lines.forEach((variable, line) -> merged.put(variable, line.value()));
        return merged;
    }

    /** Adds file and line to a problem with an assignment of this file. */
    Problem place(Problem problem) {
        Line line = lines.get(problem.name());
        return line == null ? problem : problem.at(name + " line " + line.number());
    }

    /**
     * Parses the lines like Compose parses {@code env_file}, but rejects interpolation and escapes, which
     * {@code docker run --env-file} does not replace.
     *
     * <p>Security: rejects an empty file and a last line without a line break, because another process may be writing the file: a
     * prefix of {@code PRESET=portainer-readonly} grants more than the whole line.
     */
    private static final class Parser {
        private static final Pattern ASSIGNMENT =
                Pattern.compile("(?:export[ \\t]+)?([A-Za-z_][A-Za-z0-9_.-]*)=[ \\t]*(.*)");
        /** A quoted value, optionally followed by a comment. */
        private static final Pattern QUOTED = Pattern.compile("(['\"])((?:(?!\\1).)*)\\1\\s*(?:#.*)?");

        /** As in Compose only after a space; after a tab or directly after the value, # belongs to the value. */
        private static final Pattern COMMENT = Pattern.compile(" #.*");

        private static final String BYTE_ORDER_MARK = "\ufeff";

        private final String file;
        private final Map<String, Line> lines = new HashMap<>();
        private final List<Problem> problems = new ArrayList<>();

        Parser(String file) {
            this.file = file;
        }

        EnvFile parse(String text) {
            if (text.isEmpty()) {
                refuse("the file is empty, which may be an incomplete write; for an intentionally empty file write a #"
                        + " line");
            } else if (!text.endsWith("\n")) {
                refuse("the last line has no line break, so it may be incomplete; add a line break");
            }
            String[] all = (text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text).split("\n", -1);
            for (int i = 0; i < all.length; i++) {
                String line = all[i].strip();
                if (!line.isEmpty() && !line.startsWith("#")) {
                    read(i + 1, line);
                }
            }
            return new EnvFile(file, lines, problems);
        }

        /** Security: messages show no part of an invalid line, which may be a secret. */
        private void read(int number, String line) {
            Matcher assignment = ASSIGNMENT.matcher(line);
            if (!assignment.matches()) {
                refuse("line " + number + " does not have the form NAME=value");
                return;
            }
            String name = assignment.group(1);
            String rest = assignment.group(2);
            boolean isQuoted = rest.startsWith("'") || rest.startsWith("\"");
            Matcher quoted = QUOTED.matcher(rest);
            if (isQuoted && !quoted.matches()) {
                refuse("line " + number + " has no closing quote, or text after the closing quote");
            } else if (!rest.startsWith("'") && (rest.contains("$") || isQuoted && rest.contains("\\"))) {
                refuse("line " + number
                        + ": this file has no interpolation or escapes; write a value with $ or \\ in single quotes");
            } else if (name.equals(Setting.ENV_FILE.name())) {
                refuse("line " + number + " names another file; set ENV_FILE only in the environment");
            } else {
                String value = isQuoted
                        ? quoted.group(2)
                        : COMMENT.matcher(rest).replaceFirst("").strip();
                lines.put(name, new Line(number, value));
            }
        }

        private void refuse(String advice) {
            problems.add(new Problem(Setting.ENV_FILE.name(), file, advice));
        }
    }
}
