package org.socketproxy.config;

import java.nio.file.Path;

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
     */
    record Tcp(String host, int port) implements DaemonAddress {
        @Override
        public String toString() {
            return "tcp://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
        }
    }
}
