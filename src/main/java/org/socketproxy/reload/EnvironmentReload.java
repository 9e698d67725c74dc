package org.socketproxy.reload;

import java.io.PrintStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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
 * Puts what a file says in place of what held before, all of it or nothing, and says what changed: in the log, and for
 * the status page. Exchanges that have begun keep the decision that they got.
 */
public final class EnvironmentReload {
    private static final String NO_FILE = "there is nothing to read again: the environment of a process cannot change"
            + " while it runs; name a file in ENV_FILE, or start the proxy again";

    private final Map<String, String> environment;
    private final Variables variables;
    private final LiveConfiguration configuration;
    private final AuditLog audit;
    private final PrintStream log;
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
        this.log = log;
    }

    /** The file that holds. */
    EnvFile file() {
        return applied;
    }

    /** The file as it is now. */
    EnvFile read() {
        return EnvFile.load(environment);
    }

    /** @param cause what asked for it, for people */
    void apply(String cause, EnvFile file) {
        if (!file.isNamed()) {
            report(cause, false, List.of(NO_FILE));
            return;
        }
        try {
            Settings settings = Settings.read(environment, file, variables);
            List<String> sentences = new ArrayList<>();
            sentences.add(changes(configuration.settings().granted(), settings.granted(), file));
            sentences.addAll(notYet(file));
            settings.notices().forEach(notice -> sentences.add(notice.sentence()));
            PolicyChange change = change(cause, configuration.settings().granted(), settings.granted(), file);
            configuration.replace(settings);
            audit.write(change);
            applied = file;
            report(cause, true, sentences);
        } catch (InvalidSettingsException invalid) {
            report(
                    cause,
                    false,
                    invalid.problems().stream().map(Problem::sentence).toList());
        }
    }

    /** Such as {@code +IMAGES -EXEC LOG_LEVEL=notice}. */
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

    /** Said at each reload until the restart: the file says one thing, and another holds. */
    private List<String> notYet(EnvFile file) {
        List<String> names =
                differing(started, file, false).stream().map(Setting::name).toList();
        return names.isEmpty() ? List.of() : List.of("a change of " + String.join(" and ", names) + " takes a restart");
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

    private void report(String cause, boolean isApplied, List<String> sentences) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        configuration.reloaded(new ReloadResult(now, cause, isApplied, sentences));
        String head = "docker-socket-proxy: reload by " + cause + (isApplied ? ": " : " refused: ");
        StringBuilder lines = new StringBuilder();
        sentences.forEach(sentence -> lines.append(head).append(sentence).append('\n'));
        log.print(lines);
        log.flush();
    }
}
