package org.socketproxy.command;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;
import org.socketproxy.audit.JournalPriority;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.ConfiguredProfiles.ConfiguredProfile;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.PolicySettings;
import org.socketproxy.config.Problem;
import org.socketproxy.config.Setting;
import org.socketproxy.config.Settings;
import org.socketproxy.daemon.Daemon;
import org.socketproxy.daemon.DaemonClient;
import org.socketproxy.daemon.DaemonProbe;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.filter.extension.Extensions;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.advice.ProfileChange;
import org.socketproxy.reload.LearningPeriod;
import org.socketproxy.table.NearestName;
import org.socketproxy.tls.Credentials;
import org.socketproxy.usage.Usage;
import org.socketproxy.usage.file.LedgerFile;
import org.socketproxy.usage.file.LedgerFile.UnusableLedgerException;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands {@code explain}, {@code check}, {@code operations}, {@code table} and {@code generate-completion}, with the proxy's environment. */
@Command(
        name = "docker-socket-proxy",
        subcommands = {Sign.class, AutoComplete.GenerateCompletion.class},
        description = "Commands; without a command the proxy starts. --help lists all settings.")
public final class CommandLine {
    /**
     * Exit code of {@code explain} for a denied request, of {@code check --ledger} if the policy denies a recorded operation, and of
     * {@code check --fail-on} or {@code --expect}.
     */
    static final int DENIED = 1;
    /** Exit code for invalid arguments or an invalid configuration. */
    static final int UNUSABLE = 2;

    /** Exit code of {@code check} for a valid configuration without an answer of the daemon. */
    static final int NO_DAEMON = 3;

    private static final int COLUMNS = 100;
    private static final String EXPLAIN = "explain";

    private static final String CODES = "%nExit codes:%n";
    private static final String INVALID = "2:the arguments or the configuration are wrong";

    private final Map<String, String> environment;
    private final PrintStream out;
    private final PrintStream err;
    private final OperationCatalogue catalogue = OperationCatalogue.load();
    private final Variables variables = Variables.load();

    public CommandLine(Map<String, String> environment, PrintStream out, PrintStream err) {
        this.environment = environment;
        this.out = out;
        this.err = err;
    }

    /** Returns the names of all commands. */
    public Set<String> names() {
        return LeaseCommands.addTo(this, environment, out, err).getSubcommands().keySet();
    }

    /** Runs one command, and returns the exit code: 0 on success, or one of the constants above. */
    public int run(String... arguments) {
        picocli.CommandLine line = LeaseCommands.addTo(this, environment, out, err);
        line.getSubcommands().values().stream()
                .map(picocli.CommandLine::getCommandSpec)
                .filter(command -> command.findOption("--help") == null)
                .forEach(command -> command.addOption(OptionSpec.builder(helpOptions(command.name()))
                        .usageHelp(true)
                        .description("print this text")
                        .build()));
        Objects.requireNonNull(line.getSubcommands().get(EXPLAIN))
                .setUnmatchedOptionsArePositionalParams(true); // of docker
        line.setUsageHelpWidth(COLUMNS);
        line.setExpandAtFiles(false); // @file is an argument, not a file of arguments
        line.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
        line.setExecutionExceptionHandler((failed, command, parsed) -> {
            err.println("docker-socket-proxy: " + failed.getMessage());
            return UNUSABLE;
        });
        return line.execute(arguments);
    }

    /** {@code explain docker run -h web} has an option of docker. */
    private static String[] helpOptions(String command) {
        return command.equals(EXPLAIN) ? new String[] {"--help"} : new String[] {"-h", "--help"};
    }

    @Command(
            name = EXPLAIN,
            description = "Prints the decision for a request, explain METHOD PATH, or for those of a command: explain"
                    + " docker restart c1. With CREATE=safe --body=create.json judges the body too.",
            exitCodeListHeading = CODES,
            exitCodeList = {"0:allowed", "1:denied", INVALID})
    int explain(
            @Option(names = "--json", description = "print JSON") boolean isJson,
            @Option(names = "--body", paramLabel = "FILE", description = "judge the JSON body in this file too")
                    @Nullable
                    Path body,
            @Option(names = "--client", description = "decide for this client: an address, or facts such as uid=1000")
                    @Nullable
                    String client,
            @Option(names = "--profile", description = "decide by this profile of the policy file") @Nullable
                    String profile,
            @Parameters(arity = "1..*", paramLabel = "REQUEST") List<String> words)
            throws IOException {
        List<String> given = words.size() == 1 ? List.of(words.get(0).strip().split("\\s+")) : words;
        if (DockerCommand.isDocker(given)) {
            if (body != null) {
                throw new IllegalArgumentException(
                        "--body needs a method and a path, such as: explain --body=create.json POST /containers/create");
            }
            List<RequestLine> requests = DockerCommand.requests(given, catalogue);
            return answer(() -> new Explain(catalogue, chosen(settings(), client, profile))
                            .print(String.join(" ", given), requests, isJson, out)
                    ? 0
                    : DENIED);
        }
        RequestLine parsed = RequestLine.parse(given);
        RequestLine request = body == null ? parsed : parsed.withBody(ByteBuffer.wrap(Files.readAllBytes(body)));
        return answer(() -> {
            Profile chosen = chosen(settings(), client, profile);
            return new Explain(catalogue, chosen).print(request, isJson, out) ? 0 : DENIED;
        });
    }

    private Profile chosen(Settings settings, @Nullable String client, @Nullable String profile) {
        ConfiguredProfiles profiles = profiles(settings);
        if (profile != null) {
            List<String> names =
                    profiles.all().stream().map(ConfiguredProfile::name).toList();
            return profiles.find(profile)
                    .orElseThrow(() -> new IllegalArgumentException("there is no profile " + profile
                            + NearestName.advice(profile, names, "; use one of " + String.join(", ", names))))
                    .profile();
        }
        if (client != null) {
            settings.policy().hosts().resolveAll();
            return profiles.of(ClientArgument.parse(client)).profile();
        }
        if (settings.policy().isOfFile()) {
            throw new IllegalArgumentException("with POLICY the decision depends on the client: add --profile=NAME, or"
                    + " --client= with an address or facts such as uid=1000");
        }
        return profiles.otherwise().profile();
    }

    @Command(
            name = "check",
            description = "Validates the configuration, and prints what it allows and what a client can gain.",
            exitCodeListHeading = CODES,
            exitCodeList = {
                "0:valid; with --diff the policies are equal",
                "1:with --ledger, --fail-on or --expect, the policy fails",
                INVALID,
                "3:the daemon does not answer",
                "4:with --diff, the new policy is narrower",
                "5:with --diff, it is wider, or both"
            })
    int check(
            @Option(names = "--json", description = "print JSON") boolean isJson,
            @Option(
                            names = "--expect",
                            paramLabel = "HASH",
                            description = "do not ask the daemon; exit code 1 if the policy has another hash")
                    @Nullable
                    String expected,
            @Option(names = "--all", description = "print the denied operations too") boolean isAll,
            @Option(
                            names = "--diff",
                            arity = "2",
                            paramLabel = "FILE",
                            description = "print what differs between two policy files instead")
                    @Nullable
                    List<String> files,
            @Option(
                            names = "--ledger",
                            paramLabel = "FILE",
                            description = "print which operations in this file of LEDGER the policy would deny instead")
                    @Nullable
                    Path ledger,
            @Option(
                            names = "--fail-on",
                            paramLabel = "LEVEL",
                            description =
                                    "do not ask the daemon; exit code 1 if a profile has this level of danger or a worse"
                                            + " one: root, indirect, secrets or limited; unreachable: also if a profile"
                                            + " applies to no client; notes: also for each note")
                    @Nullable
                    String failOn,
            @Option(
                            names = "--daemon",
                            paramLabel = "NAME/VERSION",
                            description =
                                    "print the known faults of this daemon, such as Docker/26.1.5 or Libpod/5.4.2;"
                                            + " without it those of the daemon that answers")
                    @Nullable
                    String daemon,
            @Parameters(
                            arity = "0..1",
                            paramLabel = "POLICY",
                            description =
                                    "policy file for --ledger, --fail-on and --expect, instead of the configuration")
                    @Nullable
                    String policy)
            throws IOException {
        if (Stream.of(files, ledger, failOn, expected).filter(Objects::nonNull).count() > 1) {
            throw new IllegalArgumentException("use one of --diff, --ledger, --fail-on and --expect");
        }
        if (expected != null) {
            return answer(() -> {
                String hash = ProfileChange.fingerprint(withPolicy(policy).policy(), variables);
                out.println(hash.equals(expected) ? hash : hash + " is not the expected hash " + expected);
                return hash.equals(expected) ? 0 : DENIED;
            });
        }
        if (files != null) {
            return answer(() -> {
                PolicySettings before = withPolicy(files.get(0)).policy();
                PolicySettings after = withPolicy(files.get(1)).policy();
                return new PolicyDifference(catalogue, variables, before, after)
                        .print(isJson, out)
                        .exitCode();
            });
        }
        if (ledger != null) {
            Map<String, Usage> recorded = LedgerFile.read(ledger);
            return answer(() -> {
                PolicySettings judge = withPolicy(policy).policy();
                judge.hosts().resolveAll();
                return new LedgerCheck(catalogue, profiles(judge)).print(recorded, isJson, out) ? 0 : DENIED;
            });
        }
        if (failOn != null) {
            PolicyGate.Limit limit = PolicyGate.Limit.parse(failOn);
            return answer(() -> gate(limit, withPolicy(policy), daemon).print(isJson, out) ? 0 : DENIED);
        }
        if (policy != null) {
            throw new IllegalArgumentException(
                    "a policy file needs --ledger, --fail-on or --expect; check reads the file in POLICY");
        }
        return answer(() -> {
            Settings settings = settings();
            Credentials credentials = Credentials.load(settings);
            List<String> learning = learning(settings);
            Extensions extensions = Extensions.load(settings.enforcement().extensions());
            Daemon asked = DaemonClient.daemonAt(settings.connections().daemon(), credentials.daemon());
            DaemonProbe.Result answer = DaemonProbe.of(asked).answer();
            new Check(
                            catalogue,
                            variables,
                            settings,
                            profiles(settings),
                            daemon == null ? answer.name() : daemonName(daemon))
                    .print(isJson, isAll, learning, extensions, out);
            settings.findings().notices().forEach(notice -> err.println("docker-socket-proxy: " + notice.sentence()));
            return checkDaemon(asked, answer);
        });
    }

    private PolicyGate gate(PolicyGate.Limit limit, Settings settings, @Nullable String daemon) {
        ConfiguredProfiles profiles = profiles(settings);
        List<String> notes = new ArrayList<>(
                settings.findings().notices().stream().map(Problem::sentence).toList());
        notes.addAll(new Check(catalogue, variables, settings, profiles, daemonName(daemon)).notes(List.of()));
        return new PolicyGate(
                limit, settings, profiles, catalogue, notes, ProfileChange.fingerprint(settings.policy(), variables));
    }

    /** Returns a name such as {@code Docker 26.1.5}; empty without one. */
    private static String daemonName(@Nullable String option) {
        return option == null ? "" : option.replaceFirst("/", " ");
    }

    private int checkDaemon(Daemon daemon, DaemonProbe.Result answer) {
        String problem = answer.problem();
        if (problem.isEmpty()) {
            return 0;
        }
        err.println("docker-socket-proxy: the daemon at " + daemon.address() + " does not answer: " + problem);
        return NO_DAEMON;
    }

    @Command(
            name = "convert",
            description =
                    "Prints a policy file that decides like the environment, an env file, or a service of a compose"
                            + " file.",
            exitCodeListHeading = CODES,
            exitCodeList = {"0:printed", "2:the environment is wrong, or a policy file cannot express it"})
    int convert(
            @Option(names = "--service", paramLabel = "NAME", description = "service of the compose file") @Nullable
                    String service,
            @Parameters(
                            arity = "0..1",
                            paramLabel = "FILE",
                            description = "env file, or compose file (.yaml, .yml); without it the environment")
                    @Nullable
                    Path file) {
        if (file == null && service != null) {
            throw new IllegalArgumentException("--service needs a compose file after it");
        }
        return answer(() -> {
            Conversion conversion = new Conversion(
                    catalogue,
                    variables,
                    file == null
                            ? ConvertedEnvironment.ofProcess(environment)
                            : ConvertedEnvironment.ofFile(file, service, variables));
            conversion.notices().forEach(notice -> err.println("docker-socket-proxy: " + notice));
            out.print(conversion.text());
            return 0;
        });
    }

    @Command(name = "operations", description = "Lists all operations and the variables that allow them.")
    int operations() {
        OperationList.print(catalogue, out);
        return 0;
    }

    @Command(name = "table", description = "Prints a table of rules, separated by tabs: create-fields, build-fields, …")
    int table(@Parameters(paramLabel = "NAME") String name) throws IOException {
        out.print(RuleTable.of(name).text());
        return 0;
    }

    private interface Answer {
        int give() throws InvalidSettingsException;
    }

    private Settings settings() throws InvalidSettingsException {
        return Settings.read(environment, variables);
    }

    /** @param policy file to read instead of the policy of the configuration, or null */
    private Settings withPolicy(@Nullable String policy) throws InvalidSettingsException {
        return policy == null ? settings() : Settings.readWithPolicy(environment, policy, variables);
    }

    private int answer(Answer answer) {
        try {
            return answer.give();
        } catch (InvalidSettingsException invalid) {
            for (Problem problem : invalid.problems()) {
                err.println(JournalPriority.of(Level.ERROR) + "docker-socket-proxy: " + problem.sentence());
            }
            return UNUSABLE;
        }
    }

    /** Ignores learn mode: the commands print the decisions of the variables. */
    private ConfiguredProfiles profiles(Settings settings) {
        return profiles(settings.policy());
    }

    private ConfiguredProfiles profiles(PolicySettings policy) {
        return ConfiguredProfiles.of(policy, catalogue, ParameterRules.load(), any -> LearnMode.off());
    }

    /** Returns the notes of a start about learn mode. */
    private static List<String> learning(Settings settings) throws InvalidSettingsException {
        try {
            return LearningPeriod.preview(settings, Instant.now());
        } catch (UnusableLedgerException unusable) {
            throw new InvalidSettingsException(List.of(new Problem(
                    Setting.LEDGER.name(), String.valueOf(settings.records().ledger()), unusable.advice())));
        }
    }
}
