package org.socketproxy.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the lines of an {@link EnvFile} as Compose reads those of {@code env_file}; what Compose would replace or unescape
 * is refused, since {@code docker run --env-file} takes the same line as it is.
 *
 * <p>Security: a file may be read while somebody writes it. A line that nothing ends may be half of one, and half of
 * {@code PRESET=portainer-readonly} grants more than the whole, so it is refused. So is a file without a byte.
 */
final class EnvFileParser {
    private static final Pattern ASSIGNMENT =
            Pattern.compile("(?:export[ \\t]+)?([A-Za-z_][A-Za-z0-9_.-]*)=[ \\t]*(.*)");
    /** A value in quotes, then nothing but a comment. */
    private static final Pattern QUOTED = Pattern.compile("(['\"])((?:(?!\\1).)*)\\1\\s*(?:#.*)?");

    /** As in Compose only behind a blank: a tab, or a number sign at once, belongs to the value. */
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
            refuse("the file is empty, as it is while it is being written; if it is to say nothing, write a # line");
        } else if (!text.endsWith("\n")) {
            refuse("no line break ends the last line, so it may be half of one; write it to its end");
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

    /** What a line holds is not shown where it cannot be read: it may be a secret. */
    private void read(int number, String line) {
        Matcher assignment = ASSIGNMENT.matcher(line);
        if (!assignment.matches()) {
            refuse("line " + number + " has not the form NAME=value");
            return;
        }
        String name = assignment.group(1);
        String rest = assignment.group(2);
        boolean isQuoted = rest.startsWith("'") || rest.startsWith("\"");
        Matcher quoted = QUOTED.matcher(rest);
        if (isQuoted && !quoted.matches()) {
            refuse("line " + number + " has a quote that nothing closes, or something behind it");
        } else if (!rest.startsWith("'") && (rest.contains("$") || isQuoted && rest.contains("\\"))) {
            refuse("line " + number
                    + ": nothing is replaced in this file; write a value with $ or \\ in single quotes");
        } else if (name.equals(Setting.ENV_FILE.name())) {
            refuse("line " + number + " names a further file; set ENV_FILE in the environment alone");
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
