package org.socketproxy.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.Compatibility;
import org.socketproxy.policy.OperationExceptions;
import org.socketproxy.policy.ProfileLimits;
import org.socketproxy.policy.ProfileOrigin;
import org.socketproxy.policy.Variable;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.create.CreateRules;

/** Reads settings from an environment and its file, and collects all problems. */
final class SettingsReader {
    private static final AddressDiagnosis STATUS_FAULT = new AddressDiagnosis(List.of("tcp://"), 8375);
    private static final Pattern INSTANT = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT[\\d:.]{5,18}Z");
    private static final Pattern CONTAINER = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");
    private static final Pattern HOST_NAME = Pattern.compile("[a-zA-Z0-9_-]+(\\.[a-zA-Z0-9_-]+)*");

    private final Map<String, String> environment;
    private final EnvFile file;
    private final PolicyFile policyFile;
    private final List<Problem> problems;

    SettingsReader(Map<String, String> environment, EnvFile file, PolicyFile policyFile) {
        this.environment = file.over(environment);
        this.file = file;
        this.policyFile = policyFile;
        this.problems = new ArrayList<>(file.problems());
    }

    Settings read(Variables variables) throws InvalidSettingsException {
        DaemonReader daemons = new DaemonReader(environment, this::value, this::refuse);
        DaemonAddress daemon = daemons.read();
        checkTruth(Setting.DISABLE_IPV6);
        List<ListenAddress> listen = listen();
        daemons.refuseOurselves(daemon, listen);
        TlsSettings tls = new TlsReader(this::value, this::refuse).read(listen);
        StatusSettings status = status(listen);
        Duration shutdownTimeout = shutdownTimeout();
        Limits limits = new LimitsReader(this::value, this::refuse).read();
        LogLevel logLevel = logLevel();
        LogFormat logFormat = logFormat();
        LogRepeats logRepeats = logRepeats();
        ZoneId timeZone = timeZone();
        Path ledger = ledger();
        Path extensions = extensions();
        Duration learnFor = learnFor();
        Instant learnUntil = learnUntil();
        PolicySettings policy = policy(variables, listen, daemon);
        SelfSettings self = self();
        List<Problem> notices = Misspellings.in(environment, variables).stream()
                .map(file::place)
                .toList();
        if (isStrict()) {
            problems.addAll(notices);
        }
        if (!problems.isEmpty()) {
            throw new InvalidSettingsException(
                    problems.stream().map(file::place).toList());
        }
        return new Settings(
                daemon,
                listen,
                tls,
                status,
                shutdownTimeout,
                limits,
                logLevel,
                logFormat,
                logRepeats,
                timeZone,
                ledger,
                extensions,
                learnFor,
                learnUntil,
                policy,
                file.name(),
                self,
                notices,
                Stream.concat(
                                VariableHints.of(environment, policy, tls != null).stream(),
                                ListenerHints.of(policy, listen, tls).stream())
                        .toList());
    }

    private PolicySettings policy(Variables variables, List<ListenAddress> listen, DaemonAddress daemon) {
        CreateReader creates = new CreateReader(this::value, this::refuse, problems::add);
        int maxBodyBytes = creates.maxBody();
        if (policyFile.isNamed()) {
            refusePermissions(variables);
            List<String> listeners = listen.stream()
                    .map(ListenAddress::name)
                    .filter(Objects::nonNull)
                    .toList();
            return new PolicyReader(policyFile, variables, listeners, daemon, maxBodyBytes, problems::add).read();
        }
        Compatibility compatibility = compatibility();
        Preset preset = preset();
        CreateRules create = creates.read(daemon, maxBodyBytes);
        return PolicySettings.ofEnvironment(new ProfileSettings(
                ProfileOrigin.ENVIRONMENT,
                List.of(),
                compatibility,
                new PermissionReader(environment, variables, problems).read(preset, compatibility),
                new PermissionReader(Map.of(), variables, problems).read(preset, compatibility),
                OperationExceptions.NONE,
                create,
                new TargetsReader(problems::add).read(value(Setting.TARGETS), create != null),
                new MaskReader(problems::add).read(mask(preset)),
                maxBodyBytes,
                null,
                ProfileLimits.NONE,
                Set.of()));
    }

    /** A permission that has no effect would be missed, or would be taken for one that has. */
    private void refusePermissions(Variables variables) {
        Stream.concat(
                        variables.all().stream().map(Variable::name),
                        Setting.ofPermissions().stream().map(Setting::name))
                .filter(environment::containsKey)
                .forEach(name -> problems.add(new Problem(
                        name,
                        environment.getOrDefault(name, ""),
                        "the policy file " + policyFile.name()
                                + " decides what is allowed: move this to a profile there, or unset POLICY")));
    }

    private String value(Setting setting) {
        return environment.getOrDefault(setting.name(), setting.defaultValue()).strip();
    }

    private void refuse(Setting setting, String advice) {
        problems.add(new Problem(setting.name(), value(setting), advice));
    }

    private List<ListenAddress> listen() {
        List<ListenAddress> addresses = new ListenReader(
                        (text, advice) -> problems.add(new Problem(Setting.LISTEN.name(), text, advice)))
                .read(value(Setting.LISTEN));
        return addresses.stream()
                .map(address -> address instanceof NetworkAddress network ? family(Setting.LISTEN, network) : address)
                .toList();
    }

    /** Restricts the address to IPv4 if {@code DISABLE_IPV6} is set. */
    private NetworkAddress family(Setting setting, NetworkAddress address) {
        if (isYes(Setting.DISABLE_IPV6) && address.isV6()) {
            problems.add(new Problem(
                    setting.name(),
                    address.toString(),
                    "DISABLE_IPV6=1 does not allow IPv6; use an IPv4 address, or unset DISABLE_IPV6"));
        }
        return isYes(Setting.DISABLE_IPV6) ? address.withoutV6() : address;
    }

    private boolean isYes(Setting setting) {
        return BooleanSetting.isYes(value(setting));
    }

    /** Reports an invalid boolean once; {@link #isYes} does not report. */
    private void checkTruth(Setting setting) {
        if (!isYes(setting) && !BooleanSetting.isNo(value(setting))) {
            refuse(setting, BooleanSetting.ADVICE);
        }
    }

    private @Nullable StatusSettings status(List<ListenAddress> listen) {
        String token = new StatusTokenReader(environment, problems::add).read();
        Set<String> hosts = statusHosts();
        String value = value(Setting.STATUS_LISTEN);
        if (BooleanSetting.isNo(value)) {
            return null;
        }
        NetworkAddress address = NetworkAddress.parse(value)
                .map(parsed -> family(Setting.STATUS_LISTEN, parsed))
                .orElse(null);
        if (address == null) {
            refuse(Setting.STATUS_LISTEN, STATUS_FAULT.of(value) + "; or use off");
            return null;
        }
        for (ListenAddress other : listen) {
            if (other instanceof NetworkAddress network && network.overlaps(address)) {
                refuse(
                        Setting.STATUS_LISTEN,
                        "LISTEN uses this port too (" + other + "); the status page needs its own port");
            }
        }
        if (token.isEmpty()) {
            return new StatusSettings(address, !address.isLoopback(), null, hosts);
        }
        return BooleanSetting.isNo(token)
                ? new StatusSettings(address, false, null, hosts)
                : new StatusSettings(address, true, token, hosts);
    }

    private Set<String> statusHosts() {
        Set<String> hosts = new LinkedHashSet<>();
        for (String host : value(Setting.STATUS_HOSTS).split(",", -1)) {
            if (HOST_NAME.matcher(host.strip()).matches()) {
                hosts.add(host.strip().toLowerCase(Locale.ROOT));
            } else if (!host.isBlank()) {
                refuse(Setting.STATUS_HOSTS, "use comma-separated host names without a port, such as proxy.example");
            }
        }
        return hosts;
    }

    private SelfSettings self() {
        checkTruth(Setting.PROTECT_SELF);
        String container = value(Setting.SELF_CONTAINER);
        if (!container.isEmpty() && !CONTAINER.matcher(container).matches()) {
            refuse(Setting.SELF_CONTAINER, "use the name or the full id of a container, or nothing");
        }
        return new SelfSettings(isYes(Setting.PROTECT_SELF), container);
    }

    private Duration shutdownTimeout() {
        return duration(Setting.SHUTDOWN_TIMEOUT);
    }

    private @Nullable Duration learnFor() {
        Duration length = duration(Setting.LEARN_FOR);
        String mode = value(Setting.MODE);
        if (mode.equalsIgnoreCase("learn")) {
            return length;
        }
        if (!mode.isEmpty() && !mode.equalsIgnoreCase("enforce")) {
            refuse(Setting.MODE, "use enforce, or learn to forward and record requests that the variables deny");
        }
        return null;
    }

    private @Nullable Instant learnUntil() {
        String value = value(Setting.LEARN_UNTIL);
        if (value.isEmpty()) {
            return null;
        }
        try {
            if (INSTANT.matcher(value).matches()) {
                return Instant.parse(value);
            }
        } catch (DateTimeParseException none) {
            // Reported below.
        }
        refuse(Setting.LEARN_UNTIL, "use an instant in UTC, such as 2026-11-26T03:00:00Z, or unset it");
        return null;
    }

    private Duration duration(Setting setting) {
        Optional<Duration> duration = QuantitySetting.duration(value(setting));
        if (duration.isEmpty()) {
            refuse(setting, "use a number of at most six digits with ms, s, m or h, such as " + setting.defaultValue());
        }
        return duration.orElse(Duration.ZERO);
    }

    private LogLevel logLevel() {
        Optional<LogLevel> level = LogLevel.parse(value(Setting.LOG_LEVEL));
        if (level.isEmpty()) {
            refuse(Setting.LOG_LEVEL, "use one of emerg, alert, crit, err, warning, notice, info, debug");
        }
        return level.orElse(LogLevel.INFO);
    }

    private LogFormat logFormat() {
        Optional<LogFormat> format = LogFormat.parse(value(Setting.LOG_FORMAT));
        if (format.isEmpty()) {
            refuse(Setting.LOG_FORMAT, "use text or json");
        }
        return format.orElse(LogFormat.TEXT);
    }

    private LogRepeats logRepeats() {
        Optional<LogRepeats> repeats = LogRepeats.parse(value(Setting.LOG_REPEATS));
        if (repeats.isEmpty()) {
            refuse(Setting.LOG_REPEATS, "use every or collapse");
        }
        return repeats.orElse(LogRepeats.EVERY);
    }

    /** The C library allows a colon before the name; {@code TZ} is not ours alone. */
    private ZoneId timeZone() {
        String name = value(Setting.TZ).replaceFirst("^:", "");
        try {
            return name.isEmpty() ? ZoneOffset.UTC : ZoneId.of(name, ZoneId.SHORT_IDS);
        } catch (DateTimeException unknown) {
            refuse(
                    Setting.TZ,
                    "use a name of the time zone database, such as Europe/Berlin or Etc/UTC, or nothing for UTC");
            return ZoneOffset.UTC;
        }
    }

    private @Nullable Path ledger() {
        String value = value(Setting.LEDGER);
        if (BooleanSetting.isNo(value)) {
            return null;
        }
        String advice = "use the absolute path of a file in a writable folder, such as /data/ledger.json";
        try {
            Path path = Path.of(value);
            if (!path.isAbsolute() || path.getFileName() == null || value.endsWith("/")) {
                refuse(Setting.LEDGER, advice);
            }
            return path;
        } catch (InvalidPathException bad) {
            refuse(Setting.LEDGER, advice);
            return null;
        }
    }

    /** Reads the path only; {@code Extensions.load} checks that the folder exists. */
    private @Nullable Path extensions() {
        String value = value(Setting.EXTENSIONS);
        if (BooleanSetting.isNo(value)) {
            return null;
        }
        String advice = "use the absolute path of a folder, such as /etc/socket-proxy/extensions";
        try {
            Path path = Path.of(value);
            if (!path.isAbsolute()) {
                refuse(Setting.EXTENSIONS, advice);
            }
            return path;
        } catch (InvalidPathException bad) {
            refuse(Setting.EXTENSIONS, advice);
            return null;
        }
    }

    private Compatibility compatibility() {
        String value = value(Setting.COMPAT);
        if (value.equalsIgnoreCase("tecnativa")) {
            return Compatibility.TECNATIVA;
        }
        if (!BooleanSetting.isNo(value) && !value.equalsIgnoreCase("linuxserver")) {
            refuse(Setting.COMPAT, "use tecnativa, or unset it to interpret the variables like LinuxServer's proxy");
        }
        return Compatibility.LINUXSERVER;
    }

    private String mask(@Nullable Preset preset) {
        String value = value(Setting.MASK);
        return value.isEmpty() && preset != null ? preset.mask() : value;
    }

    private @Nullable Preset preset() {
        String name = value(Setting.PRESET);
        if (BooleanSetting.isNo(name)) {
            return null;
        }
        Optional<Preset> preset = Preset.find(name);
        if (preset.isEmpty()) {
            refuse(Setting.PRESET, "use one of " + Preset.names());
        }
        return preset.orElse(null);
    }

    private boolean isStrict() {
        checkTruth(Setting.STRICT);
        return isYes(Setting.STRICT);
    }
}
