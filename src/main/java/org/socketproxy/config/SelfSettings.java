package org.socketproxy.config;

import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Protection of the container in which the proxy runs.
 *
 * @param isOn true if the proxy denies requests that act on this container
 * @param container its name or id as configured; empty to find the id
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

    /** Returns the name or id of the container; empty if the protection is off or the proxy runs in no container. */
    public String find() {
        return isOn ? locate() : "";
    }

    /** Returns the name or id of the container, protected or not; empty if the proxy runs in no container. */
    public String locate() {
        return container.isEmpty() ? OwnContainerId.find(PROCESS) : container;
    }
}
