package org.socketproxy.server;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Detects whether the proxy runs in its image with a separate network namespace. There {@code tcp://:2375} means the
 * addresses in the container's networks, which the compose file chooses. With {@code network_mode: host} it means all
 * addresses of the host.
 */
final class ContainerNetwork {
    /** System property, set in the image's {@code jvm.options}. */
    private static final String IMAGE = "org.socketproxy.image";

    private static final Path INTERFACES = Path.of("/sys/class/net");

    private ContainerNetwork() {}

    static boolean isOwn() {
        return isInImage() && !hasHardware(INTERFACES);
    }

    /** Returns true if the program runs in its image. */
    static boolean isInImage() {
        return Boolean.getBoolean(IMAGE);
    }

    /** Returns true if a network interface has a hardware device, as on a host but not in a container; true on errors. */
    static boolean hasHardware(Path interfaces) {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(interfaces)) {
            for (Path one : all) {
                if (Files.exists(one.resolve("device"))) {
                    return true;
                }
            }
            return false;
        } catch (IOException unknown) {
            return true;
        }
    }
}
