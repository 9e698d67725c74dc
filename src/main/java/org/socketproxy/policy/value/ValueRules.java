package org.socketproxy.policy.value;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntToLongFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.StrictJson;

/** The rules by name. */
final class ValueRules {
    private static final int LONGEST_PATH = 4096;
    /** Bytes of an escape with four hexadecimal digits. */
    private static final int ESCAPE_BYTES = 6;

    private static final int LARGEST_CPU = 8191;
    private static final Set<String> FLAGS =
            Set.of("0", "1", "t", "f", "true", "false", "y", "n", "yes", "no", "on", "off", "none");

    private static final Pattern NAME = Pattern.compile("/?[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}");
    private static final Pattern REFERENCE = Pattern.compile("[a-zA-Z0-9\\[][a-zA-Z0-9._/:@+\\[\\]-]{0,1023}");
    private static final Pattern TIME = Pattern.compile("[0-9A-Za-z\u00b5:.,+ -]{1,64}");
    private static final Pattern SIGNAL = Pattern.compile("[A-Za-z0-9+-]{1,16}");
    private static final Pattern CPUS =
            Pattern.compile("[0-9]{1,5}(?:-[0-9]{1,5})?+(?:,[0-9]{1,5}(?:-[0-9]{1,5})?+){0,255}+");
    private static final Pattern TMPFS = Pattern.compile("[a-z_]{1,32}(?:=[0-9A-Za-z%:.-]{1,32})?+");
    private static final String TMPFS_SIZE = "size=";
    private static final ValueRule LARGEST_TMPFS = NumberRule.bytes("0..1t");
    private static final Pattern PERCENT = Pattern.compile("[0-9]{1,2}%|100%");
    private static final Pattern SEPARATOR = Pattern.compile("[,-]");

    /** Placeholders of the option {@code tag} of a log driver. */
    private static final Set<String> LOG_TAG =
            Set.of("ID", "FullID", "Name", "ImageName", "ImageID", "ImageFullID", "DaemonName");

    /** Placeholders of a service, which swarm expands for each task. */
    private static final Set<String> SERVICE = Set.of(
            "Service.ID",
            "Service.Name",
            "Node.ID",
            "Node.Hostname",
            "Node.Platform.Architecture",
            "Node.Platform.OS",
            "Task.ID",
            "Task.Name",
            "Task.Slot");

    private static final String OPEN = "{{";
    private static final String CLOSE = "}}";

    private ValueRules() {}

    static ValueRule of(String name) {
        int colon = name.indexOf(':');
        String argument = colon < 0 ? "" : name.substring(colon + 1);
        String word = colon < 0 ? name : name.substring(0, colon + 1);
        return switch (word) {
            case "text:" -> text(size(argument));
            case "line:" -> line(size(argument));
            case "json:" -> json(size(argument));
            case "count:" -> count(size(argument));
            case "words:" -> words(List.of(argument.split("\\|")));
            case "int:" -> NumberRule.integer(argument);
            case "number:" -> NumberRule.decimal(argument);
            case "bytes:" -> NumberRule.bytes(argument);
            case "duration:" -> NumberRule.duration(argument);
            case "nanos:" -> NumberRule.nanoseconds(argument);
            case "template:" -> template(argument);
            case "name" -> pattern(NAME, "is not a name of letters, digits, _, . and -");
            case "reference" -> pattern(REFERENCE, "is not the reference of an image");
            case "time" -> pattern(TIME, "is not a time");
            case "signal" -> pattern(SIGNAL, "is not a signal");
            case "flag" -> text -> FLAGS.contains(text.toLowerCase(Locale.ROOT)) ? null : "is not true or false";
            case "filters" -> new FiltersRule();
            case "processes" -> new ProcessesRule(true);
            case "descriptors" -> new ProcessesRule(false);
            case "path" -> ValueRules::pathProblem;
            case "cpus" -> ValueRules::cpusProblem;
            case "tmpfs-options" -> ValueRules::tmpfsProblem;
            default -> throw new IllegalArgumentException("unknown value rule " + name);
        };
    }

    private static int size(String argument) {
        try {
            int size = Math.toIntExact(NumberRule.parseBytes(argument));
            if (size > 0) {
                return size;
            }
        } catch (ArithmeticException tooLarge) {
            // Reported below, like a size that is not positive.
        }
        throw new IllegalArgumentException("not a size: " + argument);
    }

    private static ValueRule text(int most) {
        return text -> tooLong(text, most) ? "is longer than " + most + " bytes" : nul(text);
    }

    private static ValueRule line(int most) {
        return text -> {
            if (tooLong(text, most)) {
                return "is longer than " + most + " bytes";
            }
            for (int i = 0; i < text.length(); i++) {
                if (Character.isISOControl(text.charAt(i))) {
                    return "has a line break or another control character";
                }
            }
            return null;
        };
    }

    private static @Nullable String nul(String text) {
        return text.indexOf(0) >= 0 ? "has a NUL character" : null;
    }

    private static boolean tooLong(String text, int most) {
        return text.length() > most || text.length() > most / 3 && utf8Length(text) > most;
    }

    static long utf8Length(String text) {
        return sum(text, ValueRules::utf8Length);
    }

    private static long utf8Length(int c) {
        return c < 0x80 ? 1 : c < 0x800 ? 2 : c < Character.MIN_SUPPLEMENTARY_CODE_POINT ? 3 : 4;
    }

    static long writtenLength(String text) {
        return sum(text, ValueRules::writtenLength);
    }

    private static long sum(String text, IntToLongFunction length) {
        long sum = 0;
        int c;
        for (int i = 0; i < text.length(); i += Character.charCount(c)) {
            c = text.codePointAt(i);
            sum += length.applyAsLong(c);
        }
        return sum;
    }

    private static long writtenLength(int c) {
        return switch (c) {
            case '"', '\\', '\n', '\r', '\t' -> 2;
            case '<', '>', '&', '\u2028', '\u2029' -> ESCAPE_BYTES;
            default -> c < ' ' ? ESCAPE_BYTES : utf8Length(c);
        };
    }

    private static ValueRule json(int most) {
        return text -> {
            if (tooLong(text, most)) {
                return "is longer than " + most + " bytes";
            }
            try {
                StrictJson.read(text);
                return null;
            } catch (InvalidJsonException invalid) {
                return "is not valid JSON";
            }
        };
    }

    private static ValueRule count(int most) {
        ValueRule range = NumberRule.integer("0.." + most);
        return text -> range.problem(text) == null ? null : "has more than " + most + " elements";
    }

    /** Allows only placeholders of a list in a template of Go, because functions such as {@code printf} make texts of any length. */
    private static ValueRule template(String name) {
        return switch (name) {
            case "log-tag" -> template(line(1024), 16, LOG_TAG);
            case "service" -> template(text(131_071), 64, SERVICE);
            default -> throw new IllegalArgumentException("unknown template " + name);
        };
    }

    private static ValueRule template(ValueRule text, int most, Set<String> placeholders) {
        return value -> {
            String problem = text.problem(value);
            int count = 0;
            for (int open = value.indexOf(OPEN); problem == null && open >= 0; open = value.indexOf(OPEN, open)) {
                int close = value.indexOf(CLOSE, open);
                String action = close < 0
                        ? ""
                        : value.substring(open + OPEN.length(), close).strip();
                if (!action.startsWith(".") || !placeholders.contains(action.substring(1))) {
                    return "has a template other than the placeholders of the manual";
                }
                count++;
                problem = count > most ? "has more than " + most + " placeholders" : null;
                open = close + CLOSE.length();
            }
            return problem;
        };
    }

    private static ValueRule words(List<String> words) {
        return text -> words.contains(text) ? null : "is not " + String.join(" or ", words);
    }

    private static ValueRule pattern(Pattern pattern, String problem) {
        return text -> pattern.matcher(text).matches() ? null : problem;
    }

    private static @Nullable String pathProblem(String text) {
        if (!text.startsWith("/")) {
            return "is not an absolute path";
        }
        return line(LONGEST_PATH).problem(text);
    }

    private static @Nullable String cpusProblem(String text) {
        boolean isList = CPUS.matcher(text).matches()
                && SEPARATOR.splitAsStream(text).allMatch(number -> Integer.parseInt(number) <= LARGEST_CPU);
        return isList ? null : "is not a list of numbers from 0 to " + LARGEST_CPU;
    }

    private static @Nullable String tmpfsProblem(String text) {
        String tooLong = line(1024).problem(text);
        if (tooLong != null) {
            return tooLong;
        }
        for (String option : text.split(",", -1)) {
            if (!option.isEmpty() && !TMPFS.matcher(option).matches()) {
                return "has an option that is not one of a tmpfs";
            }
            String size = option.startsWith(TMPFS_SIZE) ? option.substring(TMPFS_SIZE.length()) : "0";
            if (!PERCENT.matcher(size).matches() && LARGEST_TMPFS.problem(size) != null) {
                return "has a size above 1t";
            }
        }
        return null;
    }
}
