package org.socketproxy.config;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.PrintableText;
import org.socketproxy.config.ConfigurationFiles.TextFile;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import org.socketproxy.policy.scope.Scope;

/** Reads all settings from an environment and its files, and collects all problems. */
final class SettingsReader {
    private static final Duration SHORTEST_ANSWER = Duration.ofMillis(100);

    private SettingsReader() {}

    static Settings read(Map<String, String> environment, ConfigurationFiles files, Variables variables)
            throws InvalidSettingsException {
        Reading reading = Reading.ofEnvironment(files.env().over(environment));
        files.env().problems().forEach(reading::refuse);
        DaemonAddress daemon = DaemonReader.read(reading);
        List<ListenAddress> listen = ListenReader.read(reading);
        DaemonReader.refuseOurselves(reading, daemon, listen);
        Settings.Tls tls = ListenReader.tls(reading, listen);
        Settings.Status status = StatusReader.read(reading, listen);
        Settings.Stop stop =
                new Settings.Stop(duration(reading, Setting.SHUTDOWN_TIMEOUT), duration(reading, Setting.DRAIN));
        Duration daemonTimeout = reading.isNo(Setting.DAEMON_TIMEOUT)
                ? null
                : reading.value(
                                Setting.DAEMON_TIMEOUT,
                                text -> Parsers.duration(text).filter(time -> time.compareTo(SHORTEST_ANSWER) >= 0),
                                "use a number of at most six digits with ms, s, m or h, such as 60s, and at least 100ms; or use"
                                        + " off")
                        .orElse(null);
        Limits limits = Limits.read(reading);
        LogSettings log = LogSettings.read(reading);
        Path ledger = path(
                reading,
                Setting.LEDGER,
                Parsers::absoluteFile,
                "use the absolute path of a file in a writable folder, such as /data/ledger.json");
        Path leases = LeasesReader.folder(reading);
        // Extensions.load checks that the folder exists.
        Path extensions = path(
                reading,
                Setting.EXTENSIONS,
                Parsers::absolutePath,
                "use the absolute path of a folder, such as /etc/socket-proxy/extensions");
        Duration learnFor = learnFor(reading);
        Instant learnUntil = learnUntil(reading);
        PolicySettings policy = policy(reading, files.policy(), variables, listen, daemon);
        SelfSettings self = SelfSettings.read(reading);
        NotifySettings notifications = NotifyReader.read(reading);
        List<Problem> notices = Misspellings.in(reading.values(), variables).stream()
                .map(files.env()::place)
                .toList();
        reading.checkTruth(Setting.STRICT);
        if (reading.isYes(Setting.STRICT)) {
            notices.forEach(reading::refuse);
        }
        if (!reading.problems().isEmpty()) {
            throw new InvalidSettingsException(
                    reading.problems().stream().map(files.env()::place).toList());
        }
        return new Settings(
                new Settings.Connections(daemon, listen, tls, status, stop, daemonTimeout),
                limits,
                policy,
                new Settings.Enforcement(
                        self,
                        extensions,
                        learnFor,
                        learnUntil,
                        ShadowSettings.read(environment, files, variables),
                        leases),
                new Settings.Records(log, ledger, notifications),
                new Settings.Findings(files.env().name(), notices, Hints.of(reading, policy, listen, tls)));
    }

    private static PolicySettings policy(
            Reading reading, TextFile file, Variables variables, List<ListenAddress> listen, DaemonAddress daemon) {
        int maxBodyBytes = CreateReader.maxBody(reading);
        List<Scope> guarded = TargetsReader.alternatives(reading, Setting.PROTECT);
        ProfileReader.Source source = new ProfileReader.Source(
                variables, OperationCatalogue.load(), ParameterRules.load(), daemon, maxBodyBytes, guarded);
        if (!file.isNamed()) {
            return PolicySettings.ofEnvironment(source.ofEnvironment(reading), text(reading, variables));
        }
        refusePermissions(reading, file, variables);
        List<String> listeners = listen.stream()
                .map(ListenAddress::name)
                .filter(Objects::nonNull)
                .toList();
        return new PolicyReader(file, source, listeners, reading::refuse).read();
    }

    /** Returns the permissions that are set, without those that equal the defaults. */
    private static String text(Reading reading, Variables variables) {
        Map<String, String> defaults = new LinkedHashMap<>();
        variables.all().forEach(each -> defaults.put(each.name(), each.isOnByDefault() ? "1" : "0"));
        Setting.ofPermissions().forEach(each -> defaults.put(each.name(), each.defaultValue()));
        StringBuilder text = new StringBuilder();
        defaults.forEach((name, usual) -> {
            String value = reading.raw(name);
            if (value != null
                    && (reading.isSet(Setting.PRESET) || !value.strip().equals(usual))) {
                text.append(name)
                        .append('=')
                        .append(PrintableText.oneLine(value.strip()))
                        .append('\n');
            }
        });
        return text.toString();
    }

    /** Rejects permissions beside a policy file, because they would have no effect. */
    private static void refusePermissions(Reading reading, TextFile file, Variables variables) {
        Stream.concat(
                        variables.all().stream().map(Variable::name),
                        Setting.ofPermissions().stream().map(Setting::name))
                .forEach(name -> {
                    String value = reading.raw(name);
                    if (value != null) {
                        reading.refuse(new Problem(
                                name,
                                value,
                                "the policy file " + file.name()
                                        + " decides what is allowed: move this to a profile there, or unset POLICY"));
                    }
                });
    }

    private static Duration duration(Reading reading, Setting setting) {
        return reading.value(
                        setting,
                        Parsers::duration,
                        "use a number of at most six digits with ms, s, m or h, such as " + setting.defaultValue())
                .orElse(Duration.ZERO);
    }

    private static @Nullable Duration learnFor(Reading reading) {
        Duration length = duration(reading, Setting.LEARN_FOR);
        String mode = reading.text(Setting.MODE);
        if (mode.equalsIgnoreCase("learn")) {
            return length;
        }
        if (!mode.isEmpty() && !mode.equalsIgnoreCase("enforce")) {
            reading.refuse(
                    Setting.MODE, "use enforce, or learn to forward and record requests that the variables deny");
        }
        return null;
    }

    private static @Nullable Instant learnUntil(Reading reading) {
        return reading.text(Setting.LEARN_UNTIL).isEmpty()
                ? null
                : reading.value(
                                Setting.LEARN_UNTIL,
                                Parsers::instant,
                                "use an instant in UTC, such as 2026-11-26T03:00:00Z, or unset it")
                        .orElse(null);
    }

    /** Returns null for a false value. */
    private static @Nullable Path path(
            Reading reading, Setting setting, Function<String, Optional<Path>> parser, String advice) {
        return reading.isNo(setting)
                ? null
                : reading.value(setting, parser, advice).orElse(null);
    }
}
