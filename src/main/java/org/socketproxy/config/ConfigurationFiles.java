package org.socketproxy.config;

import java.util.Map;

/**
 * The files of the configuration, as they were at the time of reading; equality compares their contents.
 *
 * @param env assignments that override the environment
 * @param policy profiles of the clients
 */
public record ConfigurationFiles(EnvFile env, PolicyFile policy) {
    /** Loads the files that this environment, or the env file itself, names. */
    public static ConfigurationFiles load(Map<String, String> environment) {
        EnvFile env = EnvFile.load(environment);
        return new ConfigurationFiles(env, PolicyFile.load(env.over(environment)));
    }

    /** Returns true if there is a file to read again. */
    public boolean isAnyNamed() {
        return env.isNamed() || policy.isNamed();
    }
}
