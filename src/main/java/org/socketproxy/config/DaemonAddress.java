package org.socketproxy.config;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Address of the daemon; its text has the form of {@code DOCKER_HOST}. */
public sealed interface DaemonAddress {
    /** Throws an exception if this user cannot reach the address: only existing folders count, because the daemon may start later. */
    default void check() throws StartException {}

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

        @Override
        public void check() throws StartException {
            Path folder = socket.getParent();
            while (folder != null && Files.notExists(folder)) { // false if access is denied
                folder = folder.getParent();
            }
            if (folder != null && !(Files.isDirectory(folder) && Files.isExecutable(folder))) {
                throw new StartException(setting() + ": " + folder
                        + " is not a folder that this user may access. Mount the daemon's socket there,"
                        + " or run the proxy as a user or group with access");
            }
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
