package org.socketproxy.config;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.Compatibility;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.mask.MaskGroup;
import org.socketproxy.policy.mask.MaskRules;

/**
 * Valid configuration of the proxy.
 *
 * @param daemon address of the daemon, which need not be reachable yet
 * @param listen addresses of the listeners, at least one
 * @param tls PEM files of the TLS listeners, or null without TLS
 * @param status address and access of the status page, or null without a status page
 * @param shutdownTimeout maximum time for finite exchanges to finish at a stop
 * @param limits resource limits for clients
 * @param logLevel level of the audit log
 * @param logFormat format of the audit log
 * @param timeZone time zone of the text audit log
 * @param ledger file that keeps the usage ledger, or null
 * @param extensions folder with extension jars, or null
 * @param learnFor duration of learn mode, or null without learn mode
 * @param learnUntil end of learn mode, or null to use the duration
 * @param compatibility proxy whose interpretation of the variables applies
 * @param granted names of the variables that are on, including defaults
 * @param defaults names of the variables that are on wherever the environment says nothing of them
 * @param create the rules of {@code CREATE=safe}, or null without them
 * @param mask groups of values that are masked in responses
 * @param maxBodyBytes limit of a body that is judged
 * @param notices probable mistakes that do not prevent the start
 * @param hints sentences about unexpected effects of valid settings
 */
public record Settings(
        DaemonAddress daemon,
        List<ListenAddress> listen,
        @Nullable TlsSettings tls,
        @Nullable StatusSettings status,
        Duration shutdownTimeout,
        Limits limits,
        LogLevel logLevel,
        LogFormat logFormat,
        ZoneId timeZone,
        @Nullable Path ledger,
        @Nullable Path extensions,
        @Nullable Duration learnFor,
        @Nullable Instant learnUntil,
        Compatibility compatibility,
        Set<String> granted,
        Set<String> defaults,
        @Nullable CreateRules create,
        Set<MaskGroup> mask,
        int maxBodyBytes,
        List<Problem> notices,
        List<String> hints) {

    public Settings {
        listen = List.copyOf(listen);
        granted = Set.copyOf(granted);
        defaults = Set.copyOf(defaults);
        mask = Set.copyOf(mask);
        notices = List.copyOf(notices);
        hints = List.copyOf(hints);
    }

    /** Names of the variables that are on because the environment says so, and not by default. */
    public Set<String> enabledExplicitly() {
        Set<String> explicit = new HashSet<>(granted);
        explicit.removeAll(defaults);
        return explicit;
    }

    /** Returns the profile that the variables configure. */
    public Profile profile(OperationCatalogue catalogue, ParameterRules rules, LearnMode learning) {
        return new Profile(
                Profile.DEFAULT,
                Policy.of(catalogue, rules, granted, compatibility),
                create,
                MaskRules.of(mask, catalogue),
                maxBodyBytes,
                learning);
    }

    /**
     * Reads the settings from an environment and from the {@code ENV_FILE} that it names.
     *
     * @throws InvalidSettingsException with all problems
     */
    public static Settings read(Map<String, String> environment, Variables variables) throws InvalidSettingsException {
        return read(environment, EnvFile.load(environment), variables);
    }

    /**
     * Reads the settings from an environment and a loaded file, whose values override the environment.
     *
     * @throws InvalidSettingsException with all problems
     */
    public static Settings read(Map<String, String> environment, EnvFile file, Variables variables)
            throws InvalidSettingsException {
        return new SettingsReader(environment, file).read(variables);
    }
}
