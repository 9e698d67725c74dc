package org.socketproxy.server;

import jakarta.servlet.ServletContext;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.Problem;
import org.socketproxy.config.Setting;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.Variables;

/**
 * Settings of a deployed WAR: the environment of the server, and context parameters of the same names. A context parameter
 * has precedence over the environment, which all applications of a server share. {@code ENV_FILE} has precedence over both.
 */
final class ContextSettings {
    private static final String PLACE = "context parameter";
    /** Settings of listeners; the listeners of the server ignore them. */
    private static final Set<Setting> LISTENER_SETTINGS = EnumSet.of(
            Setting.LISTEN,
            Setting.LEASES,
            Setting.TLS_CERT,
            Setting.TLS_KEY,
            Setting.TLS_CLIENT_CA,
            Setting.MAX_CONNECTIONS,
            Setting.MAX_CONNECTIONS_PER_CLIENT,
            Setting.MAX_HEADER_SIZE,
            Setting.HEADER_TIMEOUT);

    /** Settings that apply to the status listener. */
    private static final Set<Setting> STATUS_SETTINGS = EnumSet.of(
            Setting.MAX_CONNECTIONS,
            Setting.MAX_CONNECTIONS_PER_CLIENT,
            Setting.MAX_HEADER_SIZE,
            Setting.HEADER_TIMEOUT);

    private final Map<String, String> merged;
    private final Map<String, String> parameters;

    private ContextSettings(Map<String, String> environment, Map<String, String> parameters) {
        this.parameters = parameters;
        this.merged = new HashMap<>(environment);
        merged.putAll(parameters);
    }

    static ContextSettings of(Map<String, String> environment, ServletContext context) {
        Map<String, String> parameters = new HashMap<>();
        for (String name : Collections.list(context.getInitParameterNames())) {
            parameters.put(name, context.getInitParameter(name));
        }
        return new ContextSettings(environment, parameters);
    }

    /** @throws InvalidSettingsException with all problems; a problem of a context parameter names it as its place */
    Settings read(Variables variables) throws InvalidSettingsException {
        try {
            return Settings.read(merged, variables);
        } catch (InvalidSettingsException invalid) {
            throw new InvalidSettingsException(
                    invalid.problems().stream().map(this::place).toList());
        }
    }

    /** Adds the place to a problem that a context parameter caused. */
    Problem place(Problem problem) {
        boolean isParameter = problem.place().isEmpty() && parameters.containsKey(problem.name());
        return isParameter ? problem.at(PLACE) : problem;
    }

    /** Returns a sentence for each setting that has no effect, or a different effect, in a WAR. */
    List<String> ignored() {
        return LISTENER_SETTINGS.stream()
                .filter(setting -> merged.containsKey(setting.name()))
                .map(setting -> setting
                        + (STATUS_SETTINGS.contains(setting)
                                ? " applies only to the status page"
                                : " has no effect here")
                        + ": clients connect to the listeners of the server; configure those")
                .toList();
    }
}
