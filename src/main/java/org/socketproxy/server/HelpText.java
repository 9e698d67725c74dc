package org.socketproxy.server;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.socketproxy.config.Setting;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;

/** Prints the text of {@code --help}: commands, settings and variables in groups, at most 100 columns wide. */
final class HelpText {
    private static final int COLUMNS = 100;
    /** Column of the meanings. */
    private static final int INDENT = 32;

    /** Headings by the first setting of their group, in the order of the settings. */
    private static final Map<Setting, String> HEADINGS = new EnumMap<>(Map.ofEntries(
            Map.entry(Setting.SOCKET_PATH, "The daemon"),
            Map.entry(Setting.LISTEN, "Where clients connect"),
            Map.entry(Setting.STATUS_LISTEN, "The status page"),
            Map.entry(Setting.COMPAT, "How the variables are read"),
            Map.entry(Setting.MODE, "Learn mode"),
            Map.entry(Setting.ENV_FILE, "A file of variables, and the stop"),
            Map.entry(Setting.MAX_CONNECTIONS, "Limits of connections"),
            Map.entry(Setting.CREATE, "What a container may have and run"),
            Map.entry(Setting.TARGETS, "Which objects a client sees and changes"),
            Map.entry(Setting.MASK, "Secrets in responses"),
            Map.entry(Setting.API_VERSION, "Old clients, and builds"),
            Map.entry(Setting.POLICY, "Several clients: policy files"),
            Map.entry(Setting.MAX_BODY, "Bodies, logs and files")));

    private HelpText() {}

    /** Rows of a group: words, and their meaning. */
    private record Row(String words, String meaning) {}

    static void print(PrintStream out) {
        out.print("""
                Usage: docker-socket-proxy [COMMAND]

                A proxy for the Docker socket that forwards only permitted API operations. Environment variables
                configure it. Without a command the proxy starts; commands read the same variables.
                """);
        commands().forEach((heading, rows) -> print(heading, rows, out));
        out.print("""

                explain and check print JSON with --json. COMMAND --help lists the options of a command.
                Exit code 2: the arguments or the configuration are wrong.
                """);
        settings().forEach((heading, rows) -> print("Settings: " + heading, rows, out));
        print(
                "Variables that allow operations, of 1, true, yes or on; all others are denied",
                variables(variable ->
                        !variable.name().contains("ALLOW_") && !variable.name().startsWith("LIBPOD_")),
                out);
        print(
                "Variables: single actions, and what CONTAINERS needs beside it",
                variables(variable -> variable.name().startsWith("ALLOW_")),
                out);
        print(
                "Variables: Podman's own API",
                variables(variable -> variable.name().startsWith("LIBPOD_")),
                out);
        out.print("""

                docker build and buildx need BUILD, SESSION, GRPC and POST together.
                """);
    }

    /** Breaks lines at spaces only, so that addresses and names of files stay whole. */
    private static void print(String heading, List<Row> rows, PrintStream out) {
        out.println("\n" + heading + ":");
        for (Row row : rows) {
            StringBuilder line = new StringBuilder("  " + row.words + " ");
            if (line.length() > INDENT) {
                out.println(line.toString().stripTrailing());
                line.setLength(0);
            }
            line.append(" ".repeat(INDENT - line.length()));
            for (String word : row.meaning.split(" ", -1)) {
                if (line.length() + word.length() > COLUMNS) {
                    out.println(line.toString().stripTrailing());
                    line.setLength(0);
                    line.append(" ".repeat(INDENT));
                }
                line.append(word).append(' ');
            }
            out.println(line.toString().stripTrailing());
        }
    }

    private static Map<String, List<Row>> commands() {
        Map<String, List<Row>> commands = new LinkedHashMap<>();
        commands.put(
                "Ask about a request",
                List.of(
                        new Row(
                                "explain METHOD TARGET",
                                "prints the decision and what would allow it; exit code 0 allowed, 1 denied"),
                        new Row(
                                "explain docker COMMAND",
                                "the same for the requests of a command, such as docker restart c1"),
                        new Row("explain grpc NAME", "the same for a call of a build"),
                        new Row("  --body FILE", "judges the JSON body in this file too"),
                        new Row("  --client CLIENT", "decides for an address, or facts such as uid=1000,listener=ci"),
                        new Row("  --profile NAME", "decides by this profile of the policy file")));
        commands.put(
                "Leases",
                List.of(
                        new Row(
                                "sandbox --lease TEMPLATE -- COMMAND",
                                "opens a lease, runs a command that uses it, and ends it; exit code of the command"),
                        new Row("  --for TIME", "such as 2h; else as long as possible"),
                        new Row("  --control ADDRESS", "control socket of the proxy; else that in LEASES"),
                        new Row("  --seat-belt", "runs it although its user can open the socket of a daemon"),
                        new Row("leases ls", "lists the leases of this user, of root all; leases end ID ends one"),
                        new Row("approve", "lists the requests of leases that wait for approval"),
                        new Row("approve ID", "allows one of them; with --refuse denies it")));
        commands.put(
                "Check and compare policies",
                List.of(
                        new Row(
                                "check",
                                "validates the configuration, prints what it allows and what a client can gain; exit code 0, or 3 if the"
                                        + " daemon does not answer"),
                        new Row("  --all", "prints the denied operations too"),
                        new Row(
                                "  --daemon NAME/VERSION",
                                "prints the known faults of this daemon, such as Docker/26.1.5"),
                        new Row("check --expect HASH [POLICY]", "exit code 1 if the policy has another hash"),
                        new Row(
                                "check --fail-on LEVEL [POLICY]",
                                "does not ask the daemon; exit code 1 if a profile has this level of danger or a worse"
                                        + " one: root, indirect, secrets, limited; or unreachable, notes"),
                        new Row(
                                "check --diff OLD NEW",
                                "prints what differs between two policy files; exit code 0 equal, 4 narrower, 5 wider"
                                        + " or both"),
                        new Row(
                                "check --ledger FILE [POLICY]",
                                "prints recorded operations that the policy would deny; exit code 1 if there is one")));
        commands.put(
                "Write a policy file",
                List.of(
                        new Row(
                                "convert [FILE]",
                                "prints a policy file that decides like the environment, an env file, or a compose"
                                        + " file"),
                        new Row("  --service NAME", "the service of the compose file")));
        commands.put(
                "Look up",
                List.of(
                        new Row(
                                "sign --key=FILE --version-number=N POLICY",
                                "signs a policy file for POLICY_KEY; --new-key=FILE makes a key"),
                        new Row("operations", "lists all operations and the variables that allow them"),
                        new Row(
                                "table NAME",
                                "prints a table of rules: create-fields, build-fields, parameters, parameter-rules,"
                                        + " secrets, masked-filters, content, version-differences or docker-commands"),
                        new Row("version, --version", "prints the version of the program"),
                        new Row("help, --help, -h", "prints this text"),
                        new Row("generate-completion", "prints a completion script for bash and zsh")));
        return commands;
    }

    private static Map<String, List<Row>> settings() {
        Map<String, List<Row>> groups = new LinkedHashMap<>();
        List<Row> group = new ArrayList<>();
        for (Setting setting : Setting.values()) {
            String heading = HEADINGS.get(setting);
            if (heading != null) {
                group = new ArrayList<>();
                groups.put(heading, group);
            }
            String byDefault = setting.defaultValue().isEmpty() ? "" : " (default: " + setting.defaultValue() + ")";
            group.add(new Row(setting.name(), setting.meaning() + byDefault));
        }
        return groups;
    }

    private static List<Row> variables(Predicate<Variable> selected) {
        return Variables.load().all().stream()
                .filter(selected)
                .map(variable -> new Row(variable.name() + (variable.isOnByDefault() ? " (on)" : ""), variable.opens()))
                .toList();
    }
}
