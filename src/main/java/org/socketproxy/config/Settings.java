package org.socketproxy.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.Compatibility;
import org.socketproxy.policy.Variable;
import org.socketproxy.policy.Variables;

/**
 * All that was configured, valid and typed.
 *
 * @param socketPath the daemon's Unix socket, which need not exist yet
 * @param listen where clients connect, at least one address
 * @param statusListen where the status page is, or null for none
 * @param compatibility whose reading of the variables holds
 * @param granted names of the variables that are on, defaults included
 */
public record Settings(
        Path socketPath,
        List<ListenAddress> listen,
        @Nullable ListenAddress statusListen,
        Duration shutdownTimeout,
        LogLevel logLevel,
        Compatibility compatibility,
        Set<String> granted) {

    private static final Set<String> YES = Set.of("1", "true", "yes", "on");
    private static final Set<String> NO = Set.of("", "0", "false", "no", "off");
    /** That proxy has no such variables: whoever may inspect containers may do all this. */
    private static final Set<String> ON_IN_TECNATIVA =
            Set.of("ALLOW_ARCHIVE", "ALLOW_CHANGES", "ALLOW_EXPORT", "ALLOW_LOGS", "ALLOW_TOP");

    private static final Pattern DURATION = Pattern.compile("(\\d{1,6})(ms|s|m)");

    public Settings {
        listen = List.copyOf(listen);
        granted = Set.copyOf(granted);
    }

    /**
     * Reads the settings from an environment.
     *
     * @throws InvalidSettingsException with everything that is wrong with it
     */
    public static Settings read(Map<String, String> environment, Variables variables) throws InvalidSettingsException {
        return new Reader(environment).read(variables);
    }

    /** Reads one environment, and gathers what is wrong instead of stopping at it. */
    private static final class Reader {
        private final Map<String, String> environment;
        private final List<Problem> problems = new ArrayList<>();

        Reader(Map<String, String> environment) {
            this.environment = environment;
        }

        Settings read(Variables variables) throws InvalidSettingsException {
            Compatibility compatibility = compatibility();
            Settings settings = new Settings(
                    socketPath(),
                    listen(),
                    statusListen(),
                    shutdownTimeout(),
                    logLevel(),
                    compatibility,
                    granted(variables, compatibility));
            if (!problems.isEmpty()) {
                throw new InvalidSettingsException(problems);
            }
            return settings;
        }

        private String value(Setting setting) {
            return environment
                    .getOrDefault(setting.name(), setting.defaultValue())
                    .strip();
        }

        private void refuse(Setting setting, String advice) {
            problems.add(new Problem(setting.name(), value(setting), advice));
        }

        private Path socketPath() {
            String value = value(Setting.SOCKET_PATH);
            try {
                Path path = Path.of(value);
                if (!path.isAbsolute()) {
                    refuse(Setting.SOCKET_PATH, "use an absolute path, such as " + Setting.SOCKET_PATH.defaultValue());
                }
                return path;
            } catch (InvalidPathException bad) {
                refuse(Setting.SOCKET_PATH, "this is no path; use one such as " + Setting.SOCKET_PATH.defaultValue());
                return Path.of(Setting.SOCKET_PATH.defaultValue());
            }
        }

        private List<ListenAddress> listen() {
            List<ListenAddress> addresses = new ArrayList<>();
            for (String text : value(Setting.LISTEN).split(",", -1)) {
                Optional<ListenAddress> address = ListenAddress.parse(text.strip());
                address.ifPresent(addresses::add);
                if (address.isEmpty()) {
                    problems.add(new Problem(
                            Setting.LISTEN.name(),
                            text.strip(),
                            "use tcp://host:port, such as tcp://127.0.0.1:2375, tcp://[::1]:2375 or tcp://:2375,"
                                    + " several with commas between them"));
                }
            }
            return addresses;
        }

        private @Nullable ListenAddress statusListen() {
            String value = value(Setting.STATUS_LISTEN);
            if (NO.contains(value.toLowerCase(Locale.ROOT))) {
                return null;
            }
            ListenAddress address = ListenAddress.parse(value).orElse(null);
            if (address == null) {
                refuse(Setting.STATUS_LISTEN, "use tcp://host:port, such as tcp://127.0.0.1:8375, or off");
            } else if (!address.isLoopback()) {
                refuse(
                        Setting.STATUS_LISTEN,
                        "the status page tells anyone what is open, so it stays on this machine: "
                                + "use a loopback address, such as tcp://127.0.0.1:8375, or off");
            }
            return address;
        }

        private Duration shutdownTimeout() {
            Matcher matcher = DURATION.matcher(value(Setting.SHUTDOWN_TIMEOUT));
            if (!matcher.matches()) {
                refuse(Setting.SHUTDOWN_TIMEOUT, "use a number of at most six digits with ms, s or m, such as 5s");
                return Duration.ZERO;
            }
            long amount = Long.parseLong(matcher.group(1));
            return switch (matcher.group(2)) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                default -> Duration.ofMinutes(amount);
            };
        }

        private LogLevel logLevel() {
            Optional<LogLevel> level = LogLevel.parse(value(Setting.LOG_LEVEL));
            if (level.isEmpty()) {
                refuse(Setting.LOG_LEVEL, "use one of emerg, alert, crit, err, warning, notice, info, debug");
            }
            return level.orElse(LogLevel.INFO);
        }

        private Compatibility compatibility() {
            String value = value(Setting.COMPAT);
            if (value.equalsIgnoreCase("tecnativa")) {
                return Compatibility.TECNATIVA;
            }
            if (!NO.contains(value.toLowerCase(Locale.ROOT)) && !value.equalsIgnoreCase("linuxserver")) {
                refuse(Setting.COMPAT, "use tecnativa, or nothing for the variables as LinuxServer reads them");
            }
            return Compatibility.LINUXSERVER;
        }

        private Set<String> granted(Variables variables, Compatibility compatibility) {
            Set<String> granted = new LinkedHashSet<>();
            for (Variable variable : variables.all()) {
                if (isOn(variable, compatibility)) {
                    granted.add(variable.name());
                }
            }
            return granted;
        }

        private boolean isOn(Variable variable, Compatibility compatibility) {
            String value = environment.get(variable.name());
            if (value == null) {
                return variable.isOnByDefault()
                        || compatibility == Compatibility.TECNATIVA && ON_IN_TECNATIVA.contains(variable.name());
            }
            String word = value.toLowerCase(Locale.ROOT);
            if (!YES.contains(word) && !NO.contains(word)) {
                problems.add(new Problem(
                        variable.name(),
                        value,
                        "use 1, true, yes or on to allow; 0, false, no, off or nothing to deny"));
            }
            return YES.contains(word);
        }
    }
}
