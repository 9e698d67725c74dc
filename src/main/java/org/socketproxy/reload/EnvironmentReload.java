package org.socketproxy.reload;

import java.io.PrintStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.socketproxy.audit.AuditLog;
import org.socketproxy.audit.PolicyChange;
import org.socketproxy.config.EnvFile;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.Problem;
import org.socketproxy.config.Setting;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.Dangers;
import org.socketproxy.policy.Variable;
import org.socketproxy.policy.Variables;

/**
 * Applies a new env file, completely or not at all, and reports the changes to the log and the status page. Active exchanges
 * keep their decision.
 */
public final class EnvironmentReload {
    private static final String NO_FILE =
            "there is no file to reload: the environment of a running process cannot change;"
                    + " set ENV_FILE to a file, or restart the proxy";

    private final Map<String, String> environment;
    private final Variables variables;
    private final LiveConfiguration configuration;
    private final AuditLog audit;
    private final ReloadReport report;
    private final EnvFile started;
    private EnvFile applied;

    /** @param started the file as it was at the start */
    public EnvironmentReload(
            Map<String, String> environment,
            EnvFile started,
            Variables variables,
            LiveConfiguration configuration,
            AuditLog audit,
            PrintStream log) {
        this.environment = environment;
        this.started = started;
        this.applied = started;
        this.variables = variables;
        this.configuration = configuration;
        this.audit = audit;
        this.report = new ReloadReport(configuration::reloaded, log);
    }

    /** The applied file. */
    EnvFile file() {
        return applied;
    }

    /** Reads the current file. */
    EnvFile read() {
        return EnvFile.load(environment);
    }

    /** @param cause the trigger of the reload, for the log */
    void apply(String cause, EnvFile file) {
        if (!file.isNamed()) {
            report.write(cause, false, List.of(NO_FILE));
            return;
        }
        try {
            Settings settings = Settings.read(environment, file, variables);
            List<String> sentences = new ArrayList<>();
            sentences.add(changes(configuration.settings().granted(), settings.granted(), file));
            sentences.addAll(pendingRestart(file));
            settings.notices().forEach(notice -> sentences.add(notice.sentence()));
            PolicyChange change = change(cause, configuration.settings().granted(), settings.granted(), file);
            configuration.replace(settings);
            audit.write(change);
            applied = file;
            report.write(cause, true, sentences);
        } catch (InvalidSettingsException invalid) {
            report.write(
                    cause,
                    false,
                    invalid.problems().stream().map(Problem::sentence).toList());
        }
    }

    /** Describes the changes, such as {@code +IMAGES -EXEC LOG_LEVEL=notice}. */
    private String changes(Set<String> before, Set<String> after, EnvFile file) {
        List<String> changes = new ArrayList<>();
        for (Variable variable : variables.all()) {
            boolean isOn = after.contains(variable.name());
            if (isOn != before.contains(variable.name())) {
                changes.add((isOn ? "+" : "-") + variable.name());
            }
        }
        changes.addAll(changedSettings(file));
        return changes.isEmpty() ? "nothing changed" : String.join(" ", changes);
    }

    private List<String> changedSettings(EnvFile file) {
        return differing(applied, file, true).stream()
                .map(setting -> setting + "=" + value(setting, file))
                .toList();
    }

    private PolicyChange change(String cause, Set<String> before, Set<String> after, EnvFile file) {
        List<String> on = added(before, after);
        return new PolicyChange(
                Instant.now(),
                PolicyChange.Kind.RELOAD,
                cause,
                on,
                added(after, before),
                changedSettings(file),
                Dangers.added(variables.all(), before, Set.copyOf(on)));
    }

    private List<String> added(Set<String> before, Set<String> after) {
        return variables.all().stream()
                .map(Variable::name)
                .filter(name -> after.contains(name) && !before.contains(name))
                .toList();
    }

    /** Names the changed settings that need a restart; reported at each reload, because the file and the proxy differ. */
    private List<String> pendingRestart(EnvFile file) {
        List<String> names =
                differing(started, file, false).stream().map(Setting::name).toList();
        return names.isEmpty() ? List.of() : List.of("a change of " + String.join(" and ", names) + " needs a restart");
    }

    private List<Setting> differing(EnvFile before, EnvFile after, boolean isLive) {
        return Arrays.stream(Setting.values())
                .filter(setting -> setting.isLive() == isLive)
                .filter(setting -> !value(setting, before).equals(value(setting, after)))
                .toList();
    }

    private String value(Setting setting, EnvFile file) {
        return file.over(environment)
                .getOrDefault(setting.name(), setting.defaultValue())
                .strip();
    }
}
