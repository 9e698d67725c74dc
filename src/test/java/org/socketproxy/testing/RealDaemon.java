package org.socketproxy.testing;

import java.nio.file.Path;
import java.util.Map;

/** A real daemon that the tests start. */
public interface RealDaemon {
    /** The daemon's socket. */
    Path socket();

    /** The address of the daemon in the form of {@code DOCKER_HOST}. */
    default String host() {
        return "unix://" + socket();
    }

    /** Runs programs with {@code DOCKER_HOST} set to the daemon, unless the environment sets it. */
    Cli cli(Path workingFolder, Map<String, String> environment);
}
