package org.socketproxy.config;

import java.nio.file.Path;

/**
 * Protection of the container in which the proxy runs.
 *
 * @param isOn whether requests that act on this container are denied
 * @param container its name or id as configured; empty to find the id
 */
public record SelfSettings(boolean isOn, String container) {
    private static final Path PROCESS = Path.of("/proc/self");

    /** Returns the name or id of the container; empty if the protection is off or the proxy runs in no container. */
    public String find() {
        return isOn ? locate() : "";
    }

    /** Returns the name or id of the container, protected or not; empty if the proxy runs in no container. */
    public String locate() {
        return container.isEmpty() ? OwnContainerId.find(PROCESS) : container;
    }
}
