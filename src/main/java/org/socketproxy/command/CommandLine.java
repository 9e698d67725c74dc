package org.socketproxy.command;

import jakarta.servlet.Filter;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.Problem;
import org.socketproxy.config.Setting;
import org.socketproxy.config.Settings;
import org.socketproxy.daemon.Daemon;
import org.socketproxy.daemon.DaemonProbe;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.filter.extension.ExtensionFilter;
import org.socketproxy.filter.extension.Extensions;
import org.socketproxy.json.JsonText;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.MaskSummary;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Variable;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.create.CreateSummary;
import org.socketproxy.reload.LearningPeriod;
import org.socketproxy.tls.Credentials;
import org.socketproxy.usage.UnusableLedgerException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands {@code explain}, {@code check} and {@code operations}. They use the environment like the proxy. */
@Command(
        name = "docker-socket-proxy",
        description = "Commands; without a command the proxy starts. --help lists all settings.")
public final class CommandLine {
    /** Exit code of {@code explain}: the request is denied. */
    static final int DENIED = 1;
    /** Exit code: the arguments or the configuration are invalid. */
    static final int UNUSABLE = 2;

    /** Exit code of {@code check}: the configuration is valid, but the daemon does not answer. */
    static final int NO_DAEMON = 3;

    private final Map<String, String> environment;
    private final PrintStream out;
    private final PrintStream err;
    private final OperationCatalogue catalogue = OperationCatalogue.load();
    private final Variables variables = Variables.load();

    /** @param environment variables and settings by name */
    public CommandLine(Map<String, String> environment, PrintStream out, PrintStream err) {
        this.environment = environment;
        this.out = out;
        this.err = err;
    }

    /**
     * Runs one command.
     *
     * @return the exit code: 0 on success, 1 for a denied request, 2 for invalid arguments or an invalid configuration, 3 if
     *     the daemon does not answer
     */
    public int run(String... arguments) {
        picocli.CommandLine line = new picocli.CommandLine(this);
        line.setStopAtPositional(true); // options of a pasted curl line belong to curl
        line.setExpandAtFiles(false); // @file is an argument of curl's -d
        line.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
        line.setExecutionExceptionHandler((failed, command, parsed) -> {
            err.println("docker-socket-proxy: " + failed.getMessage());
            return UNUSABLE;
        });
        return line.execute(arguments);
    }

    @Command(
            name = "explain",
            description = "Prints the decision for a request: explain METHOD TARGET, or a curl line. With CREATE=safe"
                    + " --body=create.json judges the body too.")
    int explain(
            @Option(names = "--json", description = "print JSON") boolean isJson,
            @Option(names = "--body", paramLabel = "FILE", description = "judge the JSON body in this file too")
                    @Nullable
                    Path body,
            @Parameters(arity = "1..*", paramLabel = "REQUEST") List<String> words)
            throws IOException {
        RequestLine parsed = RequestLine.parse(words);
        RequestLine request = body == null ? parsed : parsed.withBody(ByteBuffer.wrap(Files.readAllBytes(body)));
        return answer(settings -> new Explain(catalogue, profile(settings)).print(request, isJson, out) ? 0 : DENIED);
    }

    @Command(name = "check", description = "Validates the configuration and prints the effective policy.")
    int check(@Option(names = "--json", description = "print JSON") boolean isJson) {
        return answer(settings -> {
            Credentials credentials = Credentials.load(settings);
            List<String> learning = learning(settings);
            List<Filter> extensions = Extensions.load(settings.extensions()).filters();
            Profile profile = profile(settings);
            PolicyTable table = new PolicyTable(catalogue, profile);
            List<String> notes = Stream.of(
                            settings.hints(),
                            MaskSummary.notes(profile, catalogue),
                            learning,
                            profile.policy().ineffective(settings.enabledExplicitly()))
                    .flatMap(List::stream)
                    .toList();
            if (isJson) {
                out.println(JsonText.pretty(json -> table.writeJson(json, notes)));
            } else {
                table.print(out);
                extensions.forEach(
                        extension -> out.println("extension " + ExtensionFilter.nameOf(extension) + " may deny more"));
                printDangers(settings);
                CreateSummary.of(profile.create())
                        .forEach(line -> out.println("CREATE  " + line.assignment()
                                + (line.danger().isEmpty() ? "" : ": " + line.danger())));
                MaskSummary.groups(profile.mask())
                        .forEach(group -> out.println("MASK    " + group.word() + ": " + group.meaning()));
                notes.forEach(note -> out.println("NOTE    " + note));
            }
            settings.notices().forEach(notice -> err.println("docker-socket-proxy: " + notice.sentence()));
            return checkDaemon(Daemon.of(settings.daemon(), credentials.daemon()));
        });
    }

    private int checkDaemon(Daemon daemon) {
        String problem = DaemonProbe.of(daemon).answer().problem();
        if (problem.isEmpty()) {
            return 0;
        }
        err.println("docker-socket-proxy: the daemon at " + daemon.address() + " does not answer: " + problem);
        return NO_DAEMON;
    }

    @Command(name = "operations", description = "Lists all operations and the variables that allow them.")
    int operations() {
        for (Operation operation : catalogue.operations()) {
            String section = operation.section() == null ? "never" : operation.section();
            String required =
                    operation.required().isEmpty() ? "" : " and " + String.join(" and ", operation.required());
            String post = operation.write().isAlways() ? " and POST" : "";
            String sufficient =
                    operation.sufficient().isEmpty() ? "" : ", or alone " + String.join(" or ", operation.sufficient());
            out.println(operation.id() + "\t" + operation.signature() + "\t" + section + required + post + sufficient
                    + "\t" + operation.summary());
        }
        return 0;
    }

    private interface Answer {
        int from(Settings settings) throws InvalidSettingsException;
    }

    private int answer(Answer answer) {
        try {
            return answer.from(Settings.read(environment, variables));
        } catch (InvalidSettingsException invalid) {
            for (Problem problem : invalid.problems()) {
                err.println("docker-socket-proxy: " + problem.sentence());
            }
            return UNUSABLE;
        }
    }

    /** Without learn mode: the commands say what the variables allow. */
    private Profile profile(Settings settings) {
        return settings.profile(catalogue, ParameterRules.load(), LearnMode.off());
    }

    /** The notes of a start about learn mode. Reads the ledger, so it rejects a path that is not a ledger. */
    private static List<String> learning(Settings settings) throws InvalidSettingsException {
        try {
            return LearningPeriod.preview(settings, Instant.now());
        } catch (UnusableLedgerException unusable) {
            throw new InvalidSettingsException(
                    List.of(new Problem(Setting.LEDGER.name(), String.valueOf(settings.ledger()), unusable.advice())));
        }
    }

    private void printDangers(Settings settings) {
        for (Variable variable : variables.all()) {
            if (settings.granted().contains(variable.name()) && variable.danger() != null) {
                out.println("DANGER  " + variable.name() + ": " + variable.danger());
            }
        }
    }
}
