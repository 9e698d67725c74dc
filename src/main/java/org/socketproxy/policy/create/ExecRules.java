package org.socketproxy.policy.create;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.json.JsonBody;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.policy.create.Violation.Kind;
import org.socketproxy.policy.create.Violation.Remedy;

/**
 * The rules of {@code EXEC_ALLOW} and {@code EXEC_OPTIONS}: the commands that clients may run in existing containers, also without
 * {@code CREATE=safe}.
 *
 * <p>Security: reads the body by the table of fields, as {@code CREATE=safe} does. The sentences contain no argument of a command,
 * which can be a secret.
 *
 * @param commands at least one
 * @param options arguments by option; empty for an option without an argument
 * @param maxBodyBytes the largest body that is judged
 */
public record ExecRules(List<CommandPattern> commands, Map<Option, Set<String>> options, int maxBodyBytes) {
    private static final String SETTING = "EXEC_ALLOW";
    private static final String OPTIONS = "EXEC_OPTIONS";
    /** The variables of fields with commands that Podman runs in an existing container. */
    private static final String COMMANDS_OF_UPDATE = "LIBPOD_EXEC";

    private static final String ANY_ARGUMENTS =
            "with an interpreter, or a program that runs its arguments, a client runs any command";

    /** Property of an exec beside its command: one element of {@code EXEC_OPTIONS}. */
    public enum Option {
        USER("user", "users", "commands run as this user instead of that of the container"),
        ENV(
                "env",
                "env",
                "a client chooses the value of this variable; some, such as PATH and LD_PRELOAD, decide what a program runs"),
        WORKDIR("workdir", "workdirs", "commands run in this folder, where relative paths begin"),
        PRIVILEGED("privileged", "privileged", "it is root on the host"),
        /** Narrows: no command runs as root. */
        NON_ROOT("non-root", "root", "");

        private final String word;
        private final String key;
        private final String danger;

        Option(String word, String key, String danger) {
            this.word = word;
            this.key = key;
            this.danger = danger;
        }

        public String word() {
            return word;
        }

        /** Returns the key below {@code exec} in the policy file. */
        public String key() {
            return key;
        }

        public boolean hasArgument() {
            return this == USER || this == ENV || this == WORKDIR;
        }

        /** Returns the value of the key in the policy file that sets an option without an argument. */
        public boolean isSetBy() {
            return this != NON_ROOT;
        }

        /** Returns the element as a manual shows it, such as {@code user:NAME}. */
        public String usage() {
            return switch (this) {
                case USER -> word + ":NAME";
                case ENV -> word + ":NAME[=VALUE]";
                case WORKDIR -> word + ":PATH";
                case PRIVILEGED, NON_ROOT -> word;
            };
        }

        public static Optional<Option> of(String word) {
            return Arrays.stream(values())
                    .filter(option -> option.word.equals(word))
                    .findFirst();
        }
    }

    public ExecRules {
        commands = List.copyOf(commands);
        Map<Option, Set<String>> copy = new EnumMap<>(Option.class);
        options.forEach((option, arguments) -> copy.put(option, Collections.unmodifiableSet(new TreeSet<>(arguments))));
        options = Collections.unmodifiableMap(copy);
    }

    /** Returns true if the operation creates an exec. */
    public static boolean creates(Operation operation) {
        BodyShape shape = BodyShape.of(operation.id());
        return shape != null && shape.kind() == BodyShape.Kind.EXEC;
    }

    /** Returns the ids of the operations with a body that can run a command in an existing container. */
    public static Set<String> judgedBodies() {
        Set<String> ids = new HashSet<>(BodyShape.ids(BodyShape.Kind.EXEC));
        ids.addAll(GuardedField.operations(COMMANDS_OF_UPDATE));
        return ids;
    }

    /**
     * Judges a body.
     *
     * @param operation one of {@link #judgedBodies}
     * @return empty if the body is allowed
     */
    public List<Violation> judge(Operation operation, JsonBody body) {
        if (!creates(operation)) {
            return about(closed().guarded(operation, body, COMMANDS_OF_UPDATE));
        }
        CreateRules closed = closed();
        List<Violation> violations = closed.judgeBody(operation, body);
        if (!violations.isEmpty()) {
            return about(violations);
        }
        BodyValidation validation = new BodyValidation(closed);
        BodyValue exec = BodyValue.root(validation, body.object());
        checkCommand(exec.member("Cmd"));
        checkOptions(exec);
        return about(validation.violations());
    }

    /** Rules for the reading of the body; what these allow is judged here. */
    private CreateRules closed() {
        CreateAllowances privileged = new CreateAllowances(Map.of(CreatePermission.PRIVILEGED, Set.of()));
        return new CreateRules(privileged, BindRules.NONE, ImageRules.ALL, Set.of(), maxBodyBytes);
    }

    private static List<Violation> about(List<Violation> violations) {
        return violations.stream()
                .map(found -> new Violation(Kind.EXEC, found.pointer(), found.subject(), found.remedy()))
                .toList();
    }

    private void checkCommand(BodyValue command) {
        List<String> elements = texts(command);
        if (elements == null || elements.isEmpty()) {
            command.deny("is not a list of at least one text");
        } else if (commands.stream().noneMatch(pattern -> pattern.matches(elements))) {
            String program = elements.get(0);
            boolean isPlain = Remedy.isPlain(program);
            int arguments = elements.size() - 1;
            String subject = command.dotted() + " is " + (isPlain ? "the program " + program : "a program") + " with "
                    + arguments + (arguments == 1 ? " argument" : " arguments");
            String pattern = program + (arguments == 0 ? "" : " **");
            command.report(Kind.EXEC, subject, isPlain ? new Remedy(SETTING, pattern, danger(arguments > 0)) : null);
        }
    }

    private static String danger(Option option, Set<String> arguments) {
        return option == Option.ENV && arguments.stream().noneMatch(ExecRules::isOfAnyValue) ? "" : option.danger;
    }

    private static String danger(boolean isWide) {
        return isWide ? ANY_ARGUMENTS : "clients run this command in containers";
    }

    /** Returns the texts of an array; null for another value. */
    private static @Nullable List<String> texts(BodyValue value) {
        if (!(value.json() instanceof JsonArray array)
                || !array.elements().stream().allMatch(JsonString.class::isInstance)) {
            return null;
        }
        return value.elements().stream().map(BodyValue::text).toList();
    }

    private void checkOptions(BodyValue exec) {
        BodyValue user = exec.member("User");
        check(user, Option.USER, user.text(), "is set to another user than that of the container");
        BodyValue workdir = exec.member("WorkingDir");
        check(workdir, Option.WORKDIR, workdir.text(), "is set to another folder than that of the container");
        for (BodyValue variable : exec.member("Env").elements()) {
            int equals = variable.text().indexOf('=');
            if (equals < 1) {
                variable.deny("is not a variable with a value");
            } else if (!options.getOrDefault(Option.ENV, Set.of()).contains(variable.text())) {
                check(variable, Option.ENV, variable.text().substring(0, equals), "sets a variable");
            }
        }
        if (exec.member("Privileged").isTrue() && !options.containsKey(Option.PRIVILEGED)) {
            report(exec.member("Privileged"), Option.PRIVILEGED, "", "is true");
        }
    }

    private void check(BodyValue value, Option option, String argument, String problem) {
        if (!argument.isEmpty() && !options.getOrDefault(option, Set.of()).contains(argument)) {
            report(value, option, argument, problem);
        }
    }

    private static void report(BodyValue value, Option option, String argument, String problem) {
        boolean isKnown = !option.hasArgument() || Remedy.isPlain(argument);
        String element = option.word + (option.hasArgument() ? ":" + argument : "");
        value.report(
                Kind.EXEC,
                value.dotted() + " " + problem,
                isKnown ? new Remedy(OPTIONS, element, option.danger) : null);
    }

    /** Returns the denial of the start of an exec that these rules have not admitted. */
    public static Violation unknownExec() {
        return new Violation(
                Kind.EXEC,
                "",
                "this exec was not created through this proxy by a client of this profile under its present rules",
                null);
    }

    /** Returns true if the command of a body runs as the user of its container, which must then be judged. */
    public boolean isOfContainerUser(Operation operation, JsonBody body) {
        return isNonRootRequired()
                && creates(operation)
                && BodyShape.text(body.object(), "User").isEmpty();
    }

    /** Returns true if no command runs as root. */
    public boolean isNonRootRequired() {
        return options.containsKey(Option.NON_ROOT);
    }

    /** Returns the denial of a command that has the user of its container, which is root or a name. */
    public static Violation rootOfContainer() {
        return new Violation(
                Kind.EXEC,
                "/User",
                "User is not set, and that of the container is not a number other than 0 (EXEC_OPTIONS has non-root: name a"
                        + " user, as docker exec --user 1000:1000 does)",
                null);
    }

    /** Returns true for a number other than 0; the files of a container decide about a name. */
    public static boolean isNonRoot(String user) {
        return RequirementChecks.isNonRoot(user);
    }

    /** Returns true if a client could run other commands too, by the arguments or the environment of an allowed one. */
    public boolean isAnyCommandPossible() {
        return options.getOrDefault(Option.ENV, Set.of()).stream().anyMatch(ExecRules::isOfAnyValue)
                || commands.stream().anyMatch(CommandPattern::isWide);
    }

    private static boolean isOfAnyValue(String variable) {
        return variable.indexOf('=') < 0;
    }

    public boolean isPrivilegedAllowed() {
        return options.containsKey(Option.PRIVILEGED);
    }

    /** Returns one line for each element of the settings; empty without rules. */
    public static List<CreateSummary.Line> summary(@Nullable ExecRules rules) {
        List<CreateSummary.Line> lines = new ArrayList<>();
        if (rules != null) {
            rules.commands.forEach(command ->
                    lines.add(new CreateSummary.Line(SETTING + "=" + command, command.isWide() ? ANY_ARGUMENTS : "")));
            rules.options.forEach((option, arguments) -> lines.add(new CreateSummary.Line(
                    OPTIONS + "="
                            + (arguments.isEmpty()
                                    ? option.word
                                    : arguments.stream()
                                            .map(argument -> option.word + ":" + argument)
                                            .collect(Collectors.joining(","))),
                    danger(option, arguments))));
        }
        return lines;
    }
}
