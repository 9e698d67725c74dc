package org.socketproxy.server;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Tells whether the program runs in its image with a network of its own. There, {@code tcp://:2375} is the default, and means the
 * addresses of the container's networks, which the compose file chooses. With {@code network_mode: host} it means those of the host.
 */
final class ContainerNetwork {
    /** Set in the image's {@code jvm.options}. */
    private static final String IMAGE = "org.socketproxy.image";

    private static final Path INTERFACES = Path.of("/sys/class/net");

    private ContainerNetwork() {}

    static boolean isOwn() {
        return Boolean.getBoolean(IMAGE) && !hasHardware(INTERFACES);
    }

    /** Whether an interface belongs to a device, as a host's does and a container's does not; if in doubt, yes. */
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
