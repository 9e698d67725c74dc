package org.socketproxy.policy.create;

import java.util.Set;
import java.util.function.Predicate;

/** Checks of namespaces: private, of the host, or of another container. */
final class NamespaceChecks {
    static final String HOST = "host";

    private static final String CONTAINER = "container:";
    private static final String JOINS = "joins another container";
    private static final String LIBPOD_MODE = "nsmode";
    private static final Set<String> LIBPOD_PRIVATE = Set.of("", "default", "private");
    private static final Set<String> LIBPOD_CONTAINERS = Set.of("container", "pod");

    private NamespaceChecks() {}

    /**
     * Returns the check of a mode.
     *
     * @param ofHost permission for the namespace of the host
     * @param isHarmless tests another mode
     */
    static Field.Rule mode(CreatePermission ofHost, Predicate<String> isHarmless) {
        return value -> {
            String mode = value.text();
            if (mode.equals(HOST)) {
                value.require(ofHost, "is host");
            } else if (mode.startsWith(CONTAINER)) {
                value.require(CreatePermission.JOIN_CONTAINER, JOINS);
            } else if (!mode.isEmpty() && !isHarmless.test(mode)) {
                value.deny("has a mode that this proxy does not know");
            }
        };
    }

    /**
     * Returns the check of a namespace in the body of Podman's own API: {@code nsmode} and {@code value}. A value is a container, a
     * path of the host or options of a network program, so it is allowed only for a container that {@code join-container} allows.
     */
    static Field.Rule libpod(CreatePermission ofHost, Set<String> harmless) {
        return namespace -> {
            BodyValue mode = namespace.member(LIBPOD_MODE);
            BodyValue value = namespace.member("value");
            boolean isOfHost = mode.text().equals(HOST);
            if (LIBPOD_CONTAINERS.contains(mode.text())) {
                mode.require(CreatePermission.JOIN_CONTAINER, JOINS);
            } else if (!isOfHost && !LIBPOD_PRIVATE.contains(mode.text()) && !harmless.contains(mode.text())) {
                mode.deny("is a mode that this proxy does not know, or joins a path of the host");
            } else if ((!isOfHost || mode.require(ofHost, "is host"))
                    && !value.text().isEmpty()) {
                value.deny("is set");
            }
        };
    }

    /**
     * Checks {@code userns} together with {@code idmappings} in the body of Podman's own API. Podman takes the mappings of the body
     * for every mode but the default one, so a mode that sounds private can turn the remapping of the host's users off.
     */
    static void libpodUsers(BodyValue body) {
        BodyValue mode = body.member("userns").member(LIBPOD_MODE);
        BodyValue mappings = body.member("idmappings");
        boolean isMapped = mappings.member("AutoUserNs").isTrue()
                && !mappings.member("HostUIDMapping").isTrue()
                && !mappings.member("HostGIDMapping").isTrue();
        boolean isDefault = mode.text().isEmpty() || mode.text().equals("default");
        if (!isDefault && !(mode.text().equals("auto") && isMapped)) {
            mode.require(CreatePermission.HOST_USERNS, "can turn the remapping of users off");
        }
    }
}
