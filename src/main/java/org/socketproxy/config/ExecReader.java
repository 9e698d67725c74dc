package org.socketproxy.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.create.CommandPattern;
import org.socketproxy.policy.create.ExecRules;
import org.socketproxy.policy.create.ExecRules.Option;
import org.socketproxy.yaml.YamlValue;

/** Reads {@code EXEC_ALLOW} and {@code EXEC_OPTIONS}. */
final class ExecReader {
    private static final String COMMANDS = "commands";
    private static final String EXAMPLE = "name a command, such as pg_dump ** or sh /scripts/backup.sh";
    private static final String NUMBER =
            "with non-root, name a user by a number other than 0, such as user:1000:1000: the files of a container decide"
                    + " who has a name";
    private static final Map<String, Option> BY_KEY =
            Arrays.stream(Option.values()).collect(Collectors.toMap(Option::key, Function.identity()));
    private static final List<String> KEYS = Stream.concat(
                    Stream.of(COMMANDS), Arrays.stream(Option.values()).map(Option::key))
            .toList();
    private static final Pattern USER = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9_.-]*(?::[a-zA-Z0-9_][a-zA-Z0-9_.-]*)?");
    private static final Pattern VARIABLE = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_]*(?:=[ -~&&[^,]]{0,256})?");
    private static final Pattern FOLDER = Pattern.compile("/[a-zA-Z0-9._/-]*");

    private ExecReader() {}

    /** Takes the text of a setting and its place in the policy file. */
    @FunctionalInterface
    interface Sink {
        void put(String setting, YamlValue place, String text);
    }

    /** Turns {@code {commands: [a, b], users: [x]}} into {@code EXEC_ALLOW} and {@code EXEC_OPTIONS}. */
    static void readKeys(YamlValue value, Sink sink) {
        Map<String, YamlValue> parts = value.entries(KEYS);
        YamlValue commands = parts.get(COMMANDS);
        List<String> texts = commands == null
                ? List.of()
                : commands.elementsOrOne().stream()
                        .filter(ExecReader::isCommand)
                        .map(YamlValue::text)
                        .toList();
        if (commands == null || texts.isEmpty()) {
            value.refuse(EXAMPLE);
            return;
        }
        sink.put(Setting.EXEC_ALLOW.name(), commands, String.join("\n", texts));
        List<String> options = new ArrayList<>();
        parts.forEach((key, part) -> {
            Option option = BY_KEY.get(key);
            if (option != null) {
                addOption(option, part, options);
            }
        });
        sink.put(Setting.EXEC_OPTIONS.name(), value, String.join(",", options));
    }

    /** Returns false after a report. */
    private static boolean isCommand(YamlValue command) {
        CommandPattern.Parsed parsed = CommandPattern.parse(command.text());
        if (parsed.problem() != null) {
            command.refuse(parsed.problem());
        } else if (parsed.patterns().size() != 1) {
            command.refuse("use an element for each command, and put a semicolon that belongs to it into quotes");
        }
        return parsed.problem() == null && parsed.patterns().size() == 1;
    }

    private static void addOption(Option option, YamlValue part, List<String> options) {
        if (option.hasArgument()) {
            for (YamlValue argument : part.elementsOrOne()) {
                if (argument.text().contains(",")) {
                    argument.refuse("use an element for each value, without commas");
                }
                options.add(option.word() + ":" + argument.text());
            }
        } else if (!Parsers.isYes(part.text()) && !Parsers.isNo(part.text())) {
            part.refuse(Parsers.TRUTH_ADVICE);
        } else if (Parsers.isYes(part.text()) == option.isSetBy()) {
            options.add(option.word());
        }
    }

    /** Returns null without {@code EXEC_ALLOW}. */
    static @Nullable ExecRules read(Reading reading, int maxBody) {
        CommandPattern.Parsed commands = CommandPattern.parse(reading.text(Setting.EXEC_ALLOW));
        Map<Option, Set<String>> options = options(reading);
        if (commands.problem() != null) {
            reading.refuse(Setting.EXEC_ALLOW, commands.problem());
            return null;
        }
        if (!commands.patterns().isEmpty()) {
            return new ExecRules(commands.patterns(), options, maxBody);
        }
        if (!reading.text(Setting.EXEC_ALLOW).isEmpty()) {
            reading.refuse(Setting.EXEC_ALLOW, EXAMPLE);
        } else if (!options.isEmpty()) {
            reading.refuse(Setting.EXEC_OPTIONS, "it has an effect only with EXEC_ALLOW: set that too, or unset this");
        }
        return null;
    }

    private static Map<Option, Set<String>> options(Reading reading) {
        Map<Option, Set<String>> options = new EnumMap<>(Option.class);
        for (String element : reading.elements(Setting.EXEC_OPTIONS)) {
            int colon = element.indexOf(':');
            Option option =
                    Option.of(colon < 0 ? element : element.substring(0, colon)).orElse(null);
            String argument = colon < 0 ? "" : element.substring(colon + 1);
            if (option == null || !isArgument(option, argument, colon >= 0)) {
                reading.refuse(Setting.EXEC_OPTIONS, element, "use some of " + usage());
                continue;
            }
            Set<String> arguments = options.computeIfAbsent(option, any -> new TreeSet<>());
            if (option.hasArgument()) {
                arguments.add(argument);
            }
        }
        if (options.containsKey(Option.NON_ROOT)) {
            options.getOrDefault(Option.USER, Set.of()).stream()
                    .filter(user -> !ExecRules.isNonRoot(user))
                    .forEach(user -> reading.refuse(Setting.EXEC_OPTIONS, "user:" + user, NUMBER));
        }
        return options;
    }

    private static boolean isArgument(Option option, String argument, boolean isGiven) {
        return switch (option) {
            case USER -> USER.matcher(argument).matches();
            case ENV -> VARIABLE.matcher(argument).matches();
            case WORKDIR -> FOLDER.matcher(argument).matches();
            case PRIVILEGED, NON_ROOT -> !isGiven;
        };
    }

    private static String usage() {
        return Arrays.stream(Option.values()).map(Option::usage).collect(Collectors.joining(", "));
    }
}
