package org.socketproxy.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Protection of the container in which the proxy runs.
 *
 * @param isOn whether the proxy denies requests that act on this container
 * @param container its configured name or id; empty to find the id
 */
public record SelfSettings(boolean isOn, String container) {
    private static final Path PROCESS = Path.of("/proc/self");
    private static final Pattern CONTAINER = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");

    static SelfSettings read(Reading reading) {
        reading.checkTruth(Setting.PROTECT_SELF);
        String container = reading.text(Setting.SELF_CONTAINER);
        if (!container.isEmpty() && !CONTAINER.matcher(container).matches()) {
            reading.refuse(Setting.SELF_CONTAINER, "use the name or the full id of a container, or nothing");
        }
        return new SelfSettings(reading.isYes(Setting.PROTECT_SELF), container);
    }

    /** Returns the name or id of the container; empty without protection or without a container. */
    public String find() {
        return isOn ? locate() : "";
    }

    /** Returns the name or id of the container, protected or not; empty without a container. */
    public String locate() {
        return container.isEmpty() ? OwnContainerId.find(PROCESS) : container;
    }

    /**
     * Finds the id of the proxy's container in the cgroup path or, with a private cgroup namespace, in the source of the mount over
     * {@code /etc/hostname} ({@code containers/ID} of Docker, {@code overlay-containers/ID/userdata} of Podman).
     */
    static final class OwnContainerId {
        private static final Pattern OF_CGROUP = Pattern.compile("(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])");
        private static final Pattern OF_MOUNT =
                Pattern.compile("/(?:[a-z]+-)?containers/([0-9a-f]{64})/(?:userdata/)?[a-z.]+");
        private static final Set<String> MOUNT_POINTS = Set.of("/etc/hostname", "/etc/hosts", "/etc/resolv.conf");
        /** Fields of a line of {@code mountinfo}: id, parent, device, root, mount point. */
        private static final int ROOT = 3;

        private static final int MOUNT_POINT = 4;
        private static final int LONGEST = 1 << 20;

        private OwnContainerId() {}

        /** @param process folder of the process, such as {@code /proc/self} */
        static String find(Path process) {
            String id = ofCgroup(read(process.resolve("cgroup")));
            return id.isEmpty() ? ofMounts(read(process.resolve("mountinfo"))) : id;
        }

        /** Returns the last id, because a daemon in a container adds its containers below its path. */
        static String ofCgroup(String lines) {
            Matcher matcher = OF_CGROUP.matcher(lines);
            String last = "";
            while (matcher.find()) {
                last = matcher.group();
            }
            return last;
        }

        static String ofMounts(String lines) {
            return lines.lines()
                    .map(line -> line.split(" "))
                    .filter(fields -> fields.length > MOUNT_POINT && MOUNT_POINTS.contains(fields[MOUNT_POINT]))
                    .map(fields -> OF_MOUNT.matcher(fields[ROOT]))
                    .filter(Matcher::find)
                    .map(matcher -> matcher.group(1))
                    .findFirst()
                    .orElse("");
        }

        private static String read(Path file) {
            try (var input = Files.newInputStream(file)) {
                return new String(input.readNBytes(LONGEST), StandardCharsets.UTF_8);
            } catch (IOException none) {
                return "";
            }
        }
    }
}
