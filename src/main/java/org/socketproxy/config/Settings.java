package org.socketproxy.config;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.ClientMatcher.ListenerFacts;
import org.socketproxy.policy.Variables;

/**
 * Valid configuration of the proxy.
 *
 * @param policy the policy in force
 */
public record Settings(
        Connections connections,
        Limits limits,
        PolicySettings policy,
        Enforcement enforcement,
        Records records,
        Findings findings) {

    /**
     * Ends of the connections of the proxy.
     *
     * @param daemon need not be reachable yet
     * @param listen at least one
     * @param tls PEM files of the TLS listeners, or null
     * @param status null without a status page
     * @param stop how long exchanges may last at a stop
     * @param daemonTimeout maximum time to the begin of an answer of the daemon, or null without a limit
     */
    public record Connections(
            DaemonAddress daemon,
            List<ListenAddress> listen,
            @Nullable Tls tls,
            @Nullable Status status,
            Stop stop,
            @Nullable Duration daemonTimeout) {

        public Connections {
            listen = List.copyOf(listen);
        }
    }

    /**
     * Times in which exchanges end by themselves at a stop.
     *
     * @param timeout for finite exchanges
     * @param drain for all exchanges, also endless ones
     */
    public record Stop(Duration timeout, Duration drain) {}

    /**
     * Settings of the extensions, of learn mode and of the tried policy.
     *
     * @param extensions folder with extension jars, or null
     * @param learnFor duration of learn mode, or null without learn mode
     * @param learnUntil end of learn mode, or null to use the duration
     * @param shadow the policy that is tried
     * @param leases folder of the sockets and records of leases, or null
     */
    public record Enforcement(
            SelfSettings self,
            @Nullable Path extensions,
            @Nullable Duration learnFor,
            @Nullable Instant learnUntil,
            ShadowSettings shadow,
            @Nullable Path leases) {}

    /**
     * Where the proxy records exchanges.
     *
     * @param ledger file of the usage ledger, or null
     * @param notifications where messages go, or null
     */
    public record Records(
            LogSettings log,
            @Nullable Path ledger,
            @Nullable NotifySettings notifications) {}

    /**
     * Remarks about the settings.
     *
     * @param envFile name of the file in {@code ENV_FILE}, or empty
     * @param notices probable mistakes that do not prevent the start
     * @param hints sentences about unexpected effects of valid settings
     */
    public record Findings(String envFile, List<Problem> notices, List<String> hints) {
        public Findings {
            notices = List.copyOf(notices);
            hints = List.copyOf(hints);
        }
    }

    /** Returns which facts the listeners know about their clients. */
    public List<ListenerFacts> listeners() {
        return Hints.listeners(connections.listen, connections.tls);
    }

    /**
     * Reads the environment and the files that {@code ENV_FILE} and {@code POLICY} name.
     *
     * @throws InvalidSettingsException with all problems
     */
    public static Settings read(Map<String, String> environment, Variables variables) throws InvalidSettingsException {
        return read(environment, ConfigurationFiles.load(environment), variables);
    }

    /**
     * Reads a policy file instead of the policy file and permissions of the environment. Other settings, such as the names of the
     * listeners, come from the environment and its env file.
     *
     * @throws InvalidSettingsException with all problems
     */
    public static Settings readWithPolicy(Map<String, String> environment, String file, Variables variables)
            throws InvalidSettingsException {
        Map<String, String> merged = withoutPolicy(environment, variables);
        merged.put(Setting.POLICY.name(), file);
        return read(merged, variables);
    }

    /** Does the same with the text of a policy file. */
    public static Settings readWithText(Map<String, String> environment, String text, Variables variables)
            throws InvalidSettingsException {
        Map<String, String> merged = withoutPolicy(environment, variables);
        merged.remove(Setting.POLICY.name());
        ConfigurationFiles.TextFile policy = new ConfigurationFiles.TextFile("policy.yaml", text, List.of());
        return read(
                merged,
                new ConfigurationFiles(EnvFile.load(Map.of()), policy, ConfigurationFiles.TextFile.NONE),
                variables);
    }

    private static Map<String, String> withoutPolicy(Map<String, String> environment, Variables variables)
            throws InvalidSettingsException {
        EnvFile env = EnvFile.load(environment);
        if (!env.problems().isEmpty()) {
            throw new InvalidSettingsException(env.problems());
        }
        Map<String, String> merged = env.over(environment);
        variables.all().forEach(variable -> merged.remove(variable.name()));
        Setting.ofPermissions().forEach(setting -> merged.remove(setting.name()));
        merged.remove(Setting.ENV_FILE.name());
        merged.remove(Setting.POLICY_VERSION_FILE.name());
        merged.remove(Setting.POLICY_KEY.name()); // the file is examined, not used
        return merged;
    }

    /**
     * Reads the environment and loaded files. The env file overrides the environment.
     *
     * @throws InvalidSettingsException with all problems
     */
    public static Settings read(Map<String, String> environment, ConfigurationFiles files, Variables variables)
            throws InvalidSettingsException {
        return SettingsReader.read(environment, files, variables);
    }

    /**
     * PEM files of the TLS listeners.
     *
     * @param certificate the server certificate, then its chain
     * @param clientAuthorities CAs of client certificates, or null if clients need none
     */
    public record Tls(Path certificate, Path key, @Nullable Path clientAuthorities) {}

    /**
     * Access to the status page.
     *
     * @param token the configured token, or null for a random one
     * @param hosts allowed host names in lower case, besides localhost and IP addresses
     */
    public record Status(
            NetworkAddress listen,
            boolean isTokenNeeded,
            @Nullable String token,
            Set<String> hosts) {

        public Status {
            hosts = Set.copyOf(hosts);
        }

        /** Omits the token. */
        @Override
        public String toString() {
            return "StatusSettings[" + listen + (isTokenNeeded ? " with a token" : "") + "]";
        }
    }
}
