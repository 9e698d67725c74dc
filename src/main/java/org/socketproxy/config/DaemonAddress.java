package org.socketproxy.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where the daemon is. Written as {@code DOCKER_HOST} has it. */
public sealed interface DaemonAddress {
    /**
     * A socket in the file system, which need not exist yet.
     *
     * @param isDockerHost whether {@code DOCKER_HOST} named it, or {@code SOCKET_PATH}
     */
    record Unix(Path socket, boolean isDockerHost) implements DaemonAddress {
        @Override
        public String toString() {
            return "unix://" + socket;
        }

        /** The setting that named it, as it can be written. */
        public String setting() {
            return isDockerHost ? Setting.DOCKER_HOST + "=" + this : Setting.SOCKET_PATH + "=" + socket;
        }
    }

    /**
     * A daemon that listens on TCP.
     *
     * @param host a name, or an IP literal without brackets
     * @param certificates the folder of {@code ca.pem}, {@code cert.pem} and {@code key.pem} for TLS, or null without TLS
     */
    record Tcp(String host, int port, @Nullable Path certificates) implements DaemonAddress {
        @Override
        public String toString() {
            return "tcp://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
        }
    }
}
