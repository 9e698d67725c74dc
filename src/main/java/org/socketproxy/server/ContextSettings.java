package org.socketproxy.server;

import jakarta.servlet.ServletContext;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.socketproxy.config.EnvFile;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.Problem;
import org.socketproxy.config.Setting;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.Variables;

/**
 * What a deployment says: the server's environment, and context parameters of the same names. A context parameter holds
 * before the environment, which all applications of a server share; the file of {@code ENV_FILE} holds before both.
 */
final class ContextSettings {
    private static final String PLACE = "context parameter";
    /** What the listeners of the server do, which are not ours. */
    private static final Set<Setting> OF_LISTENERS = EnumSet.of(
            Setting.LISTEN,
            Setting.TLS_CERT,
            Setting.TLS_KEY,
            Setting.TLS_CLIENT_CA,
            Setting.MAX_CONNECTIONS,
            Setting.MAX_CONNECTIONS_PER_CLIENT,
            Setting.MAX_HEADER_SIZE,
            Setting.HEADER_TIMEOUT);

    private static final Set<Setting> ALSO_OF_THE_PAGE = EnumSet.of(
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

    /** @throws InvalidSettingsException with everything that is wrong, and whether a context parameter says it */
    Settings read(Variables variables) throws InvalidSettingsException {
        EnvFile file = EnvFile.load(merged);
        try {
            return Settings.read(merged, file, variables);
        } catch (InvalidSettingsException invalid) {
            throw new InvalidSettingsException(
                    invalid.problems().stream().map(this::place).toList());
        }
    }

    /** The problem with its place, if a context parameter is the cause. */
    Problem place(Problem problem) {
        boolean isOurs = problem.place().isEmpty() && parameters.containsKey(problem.name());
        return isOurs ? problem.at(PLACE) : problem;
    }

    /** A sentence for each setting that is given and does not do here what it does in the program. */
    List<String> ofNoUse() {
        return OF_LISTENERS.stream()
                .filter(setting -> merged.containsKey(setting.name()))
                .map(setting -> setting
                        + (ALSO_OF_THE_PAGE.contains(setting)
                                ? " holds for the status page alone"
                                : " does not hold here")
                        + ": clients come by the listeners of the server; configure those")
                .toList();
    }
}
