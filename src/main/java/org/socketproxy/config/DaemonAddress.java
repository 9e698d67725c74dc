package org.socketproxy.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Address of the daemon; its text has the form of {@code DOCKER_HOST}. */
public sealed interface DaemonAddress {
    /**
     * Unix socket, which need not exist yet.
     *
     * @param isDockerHost true if {@code DOCKER_HOST} names it, false for {@code SOCKET_PATH}
     */
    record Unix(Path socket, boolean isDockerHost) implements DaemonAddress {
        @Override
        public String toString() {
            return "unix://" + socket;
        }

        /** Returns the assignment, such as {@code SOCKET_PATH=/run/docker.sock}. */
        public String setting() {
            return isDockerHost ? Setting.DOCKER_HOST + "=" + this : Setting.SOCKET_PATH + "=" + socket;
        }
    }

    /**
     * TCP address, with or without TLS.
     *
     * @param host a host name, or an IP literal without brackets
     * @param certificates the folder of {@code ca.pem}, {@code cert.pem} and {@code key.pem}, or null without TLS
     */
    record Tcp(String host, int port, @Nullable Path certificates) implements DaemonAddress {
        @Override
        public String toString() {
            return "tcp://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
        }
    }
}
