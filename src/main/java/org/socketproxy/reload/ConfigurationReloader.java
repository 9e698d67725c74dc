package org.socketproxy.reload;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.socketproxy.audit.AuditLog;
import org.socketproxy.audit.NoticeLog;
import org.socketproxy.audit.PolicyChange;
import org.socketproxy.config.ConfigurationFiles;
import org.socketproxy.config.EnvFile;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.PolicySettings;
import org.socketproxy.config.Problem;
import org.socketproxy.config.Setting;
import org.socketproxy.config.Settings;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.policy.Profiles;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.advice.AddedDangers;
import org.socketproxy.policy.advice.ProfileChange;
import org.socketproxy.reload.ChangePoller.Reloadable;
import org.socketproxy.reload.ReloadResult.ReloadReport;

/**
 * Reloads the env file and the policy file when their contents change, and on SIGHUP: completely or not at all. Active exchanges keep
 * their decision, but streams and tunnels of operations that are no longer allowed end.
 *
 * <p>Threading: confined to the thread of {@link ChangePoller}.
 */
public final class ConfigurationReloader implements Reloadable {
    private static final String NO_FILE =
            "there is no file to reload: the environment of a running process cannot change;"
                    + " set ENV_FILE or POLICY to a file, or restart the proxy";

    private final Map<String, String> environment;
    private final Variables variables;
    private final LiveConfiguration configuration;
    private final ActiveExchanges exchanges;
    private final Profiles profiles;
    private final AuditLog audit;
    private final ReloadReport report;
    private final ConfigurationFiles started;
    private final DebouncedValue<ConfigurationFiles> files;
    private ConfigurationFiles applied;

    /**
     * @param started the files as they were at the start
     * @param profiles the profiles in force after a reload, also of clients that the configuration does not name
     */
    public ConfigurationReloader(
            Map<String, String> environment,
            ConfigurationFiles started,
            Variables variables,
            LiveConfiguration configuration,
            ActiveExchanges exchanges,
            Profiles profiles,
            AuditLog audit,
            NoticeLog log) {
        this.environment = environment;
        this.started = started;
        this.applied = started;
        this.files = new DebouncedValue<>(started, () -> ConfigurationFiles.load(environment));
        this.variables = variables;
        this.configuration = configuration;
        this.exchanges = exchanges;
        this.profiles = profiles;
        this.audit = audit;
        this.report = new ReloadReport(configuration::reloaded, log);
    }

    @Override
    public void reload() {
        apply("SIGHUP", files.read());
    }

    @Override
    public void poll() {
        if (applied.isAnyNamed()) {
            files.poll().ifPresent(read -> apply("a change of " + changed(applied, read), read));
        }
    }

    private static String changed(ConfigurationFiles before, ConfigurationFiles after) {
        List<String> names = new ArrayList<>();
        if (!after.env().equals(before.env())) {
            names.add(after.env().name());
        }
        if (!after.policy().equals(before.policy())) {
            names.add(
                    after.policy().isNamed()
                            ? after.policy().name()
                            : before.policy().name());
        }
        if (!after.shadow().equals(before.shadow())) {
            names.add(
                    after.shadow().isNamed()
                            ? after.shadow().name()
                            : before.shadow().name());
        }
        if (names.isEmpty()) { // a refused change was undone
            names.add(
                    after.policy().isNamed()
                            ? after.policy().name()
                            : after.env().name());
        }
        return String.join(" and ", names);
    }

    /** @param cause the trigger of the reload, for the log */
    private void apply(String cause, ConfigurationFiles read) {
        if (!read.isAnyNamed() && !applied.isAnyNamed()) {
            report.write(cause, false, List.of(NO_FILE));
            return;
        }
        try {
            Settings settings = Settings.read(environment, read, variables);
            PolicySettings before = configuration.settings().policy();
            List<ProfileChange> changes = ProfileChange.between(before, settings.policy(), variables);
            List<String> sentences = new ArrayList<>(sentences(before, settings.policy(), changes, read));
            sentences.addAll(pendingRestart(read.env()));
            settings.findings().notices().forEach(notice -> sentences.add(notice.sentence()));
            List<PolicyChange> records = records(cause, changes, settings.policy(), read);
            List<String> earlier = configuration.notes();
            read.keepVersion();
            configuration.replace(settings);
            configuration.notes().stream()
                    .filter(note -> !earlier.contains(note))
                    .forEach(sentences::add);
            records.forEach(audit::write);
            applied = read;
            sentences.addAll(revoke());
            report.write(cause, true, sentences);
        } catch (InvalidSettingsException invalid) {
            report.write(
                    cause,
                    false,
                    invalid.problems().stream().map(Problem::sentence).toList());
        }
    }

    /** Describes the changes, such as {@code +IMAGES -EXEC LOG_LEVEL=notice}, for each profile of a policy file. */
    private List<String> sentences(
            PolicySettings before, PolicySettings after, List<ProfileChange> changes, ConfigurationFiles files) {
        List<String> ofSettings = changedSettings(files.env());
        List<String> sentences = new ArrayList<>();
        if (after.isOfFile() || before.isOfFile()) {
            changes.forEach(change -> sentences.add("profile " + change.profile() + ": " + change.text()));
            sentences.addAll(ProfileChange.ofOrder(before, after));
            sentences.addAll(ProfileChange.ofLeases(before, after, variables));
            sentences.addAll(ofSettings);
        } else {
            List<String> words = new ArrayList<>();
            changes.forEach(change -> words.addAll(change.signed(variables)));
            words.addAll(ofSettings);
            if (!words.isEmpty()) {
                sentences.add(String.join(" ", words));
            }
        }
        if (!files.shadow().equals(applied.shadow())) {
            sentences.add(
                    files.shadow().isNamed()
                            ? "the policy that is tried has changed: "
                                    + files.shadow().name()
                            : "no policy is tried any more");
        }
        return sentences.isEmpty() ? List.of("nothing changed") : sentences;
    }

    private List<String> changedSettings(EnvFile file) {
        return differing(applied.env(), file, true).stream()
                .map(setting -> setting + "=" + value(setting, file))
                .toList();
    }

    private List<PolicyChange> records(
            String cause, List<ProfileChange> changes, PolicySettings after, ConfigurationFiles files) {
        List<String> ofSettings = changedSettings(files.env());
        AddedDangers dangers = configuration.dangers(after);
        List<PolicyChange> records = new ArrayList<>();
        for (ProfileChange change : changes) {
            boolean isOfFile = after.isOfFile();
            records.add(new PolicyChange(
                    Instant.now(),
                    PolicyChange.Kind.RELOAD,
                    cause,
                    isOfFile ? change.profile() : null,
                    change.on(),
                    change.off(),
                    isOfFile ? change.others() : ofSettings,
                    dangers.of(change)));
        }
        if (records.isEmpty() || after.isOfFile() && !ofSettings.isEmpty()) {
            records.add(PolicyChange.reload(Instant.now(), cause, ofSettings));
        }
        return records;
    }

    /** Ends the streams and tunnels that the new profiles do not allow. */
    private List<String> revoke() {
        List<String> ended = exchanges.revoke(profiles);
        return ended.isEmpty()
                ? List.of()
                : List.of("closed " + ended.size() + " streams and tunnels that are no longer allowed: "
                        + String.join(", ", ended.stream().distinct().limit(10).toList())
                        + (ended.stream().distinct().count() > 10 ? ", ..." : ""));
    }

    /** Names the changed settings that need a restart, at each reload. */
    private List<String> pendingRestart(EnvFile file) {
        List<String> names = differing(started.env(), file, false).stream()
                .map(Setting::name)
                .toList();
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
