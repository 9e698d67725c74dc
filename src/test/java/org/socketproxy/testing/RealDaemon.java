package org.socketproxy.testing;

import java.nio.file.Path;
import java.util.Map;

/** A daemon of the tests' own that answers as those do that people run. */
public interface RealDaemon {
    /** The daemon's socket. */
    Path socket();

    /** The daemon itself, in the form of {@code DOCKER_HOST}. */
    default String host() {
        return "unix://" + socket();
    }

    /** Runs programs that speak with the daemon directly, unless the environment says {@code DOCKER_HOST}. */
    Cli cli(Path workingFolder, Map<String, String> environment);
}
