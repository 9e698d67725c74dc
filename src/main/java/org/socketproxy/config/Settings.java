package org.socketproxy.config;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.Compatibility;
import org.socketproxy.policy.Variables;

/**
 * All that was configured, valid and typed.
 *
 * @param daemon where the daemon is, which need not be there yet
 * @param listen where clients connect, at least one address
 * @param tls what listeners with TLS show and trust, or null if there is none
 * @param status where the status page is and who sees it, or null for none
 * @param ledger the file that keeps the record of what was asked, or null for none
 * @param extensions the folder of jars with further filters, or null for none
 * @param learnFor how long what the variables deny is let through, or null for not at all
 * @param learnUntil when that ends, or null for the length above
 * @param compatibility whose reading of the variables holds
 * @param granted names of the variables that are on, defaults included
 * @param defaults names of the variables that are on wherever the environment says nothing of them
 * @param notices what looks like a mistake, and does not stop the start
 * @param hints what people may not expect of these settings, in sentences
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
        @Nullable Path ledger,
        @Nullable Path extensions,
        @Nullable Duration learnFor,
        @Nullable Instant learnUntil,
        Compatibility compatibility,
        Set<String> granted,
        Set<String> defaults,
        List<Problem> notices,
        List<String> hints) {

    public Settings {
        listen = List.copyOf(listen);
        granted = Set.copyOf(granted);
        defaults = Set.copyOf(defaults);
        notices = List.copyOf(notices);
        hints = List.copyOf(hints);
    }

    /** Names of the variables that are on because the environment says so, and not by default. */
    public Set<String> asked() {
        Set<String> asked = new HashSet<>(granted);
        asked.removeAll(defaults);
        return asked;
    }

    /**
     * Reads the settings from an environment, and from the file that it names.
     *
     * @throws InvalidSettingsException with everything that is wrong with them
     */
    public static Settings read(Map<String, String> environment, Variables variables) throws InvalidSettingsException {
        return read(environment, EnvFile.load(environment), variables);
    }

    /**
     * Reads the settings from an environment and a file that was read before. Where both say something, the file holds.
     *
     * @throws InvalidSettingsException with everything that is wrong with them
     */
    public static Settings read(Map<String, String> environment, EnvFile file, Variables variables)
            throws InvalidSettingsException {
        return new SettingsReader(environment, file).read(variables);
    }
}
