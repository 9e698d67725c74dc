package org.socketproxy.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parses the lines of an {@link EnvFile} like Compose parses {@code env_file}. It rejects interpolation and escapes,
 * which Compose replaces and {@code docker run --env-file} does not.
 *
 * <p>Security: another process may write the file at the same time. A last line without a line break may be incomplete,
 * and a prefix of {@code PRESET=portainer-readonly} grants more than the whole line. The parser rejects such a line,
 * and an empty file.
 */
final class EnvFileParser {
    private static final Pattern ASSIGNMENT =
            Pattern.compile("(?:export[ \\t]+)?([A-Za-z_][A-Za-z0-9_.-]*)=[ \\t]*(.*)");
    /** A quoted value, optionally followed by a comment. */
    private static final Pattern QUOTED = Pattern.compile("(['\"])((?:(?!\\1).)*)\\1\\s*(?:#.*)?");

    /**
     * A comment, as in Compose, only after a space; after a tab or directly after the value, # belongs to the value.
     */
    private static final Pattern COMMENT = Pattern.compile(" #.*");

    private static final String BYTE_ORDER_MARK = "\ufeff";

    private final String file;
    private final Map<String, EnvFile.Line> lines = new HashMap<>();
    private final List<Problem> problems = new ArrayList<>();

    EnvFileParser(String file) {
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

    /** Security: messages about an invalid line do not show its content, which may be a secret. */
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
            lines.put(name, new EnvFile.Line(number, value));
        }
    }

    private void refuse(String advice) {
        problems.add(new Problem(Setting.ENV_FILE.name(), file, advice));
    }
}
