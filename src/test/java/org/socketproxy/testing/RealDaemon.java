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

    /** Asks for the versions of the API that the daemon accepts. */
    default ApiVersions api() {
        return ApiVersions.of(this);
    }

    /** Runs programs with {@code DOCKER_HOST} set to the daemon, unless the environment sets it. */
    Cli cli(Path workingFolder, Map<String, String> environment);
}
