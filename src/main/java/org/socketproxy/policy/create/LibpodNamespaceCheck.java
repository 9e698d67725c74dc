package org.socketproxy.policy.create;

import java.util.Set;
import org.socketproxy.json.JsonValue;

/**
 * Judges one namespace in the body of Podman's own API: {@code nsmode} and {@code value}. A value is a container, a path of
 * the host or options of a network program, so it is allowed only for a container that {@code join-container} allows.
 */
final class LibpodNamespaceCheck implements FieldRule {
    static final LibpodNamespaceCheck PID = new LibpodNamespaceCheck(CreatePermission.HOST_PID, Set.of());
    static final LibpodNamespaceCheck IPC =
            new LibpodNamespaceCheck(CreatePermission.HOST_IPC, Set.of("none", "shareable"));
    static final LibpodNamespaceCheck UTS = new LibpodNamespaceCheck(CreatePermission.HOST_UTS, Set.of());
    static final LibpodNamespaceCheck CGROUP = new LibpodNamespaceCheck(CreatePermission.HOST_CGROUPNS, Set.of());
    static final LibpodNamespaceCheck NETWORK =
            new LibpodNamespaceCheck(CreatePermission.HOST_NETWORK, Set.of("none", "bridge", "pasta", "slirp4netns"));

    static final String MODE = "nsmode";
    static final String VALUE = "value";
    private static final Set<String> OWN = Set.of("", "default", "private");
    private static final Set<String> OF_CONTAINERS = Set.of("container", "pod");

    private final CreatePermission ofHost;
    private final Set<String> harmless;

    private LibpodNamespaceCheck(CreatePermission ofHost, Set<String> harmless) {
        this.ofHost = ofHost;
        this.harmless = harmless;
    }

    @Override
    public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
        String mode = BodyValidation.string(value, MODE);
        boolean isOfContainer = OF_CONTAINERS.contains(mode);
        if (isOfContainer && !judgement.permissions().has(CreatePermission.JOIN_CONTAINER)) {
            judgement.deny(path.member(MODE), "joins another container", CreatePermission.JOIN_CONTAINER, null);
        } else if (mode.equals(NamespaceCheck.HOST) && !judgement.permissions().has(ofHost)) {
            judgement.deny(path.member(MODE), "is host", ofHost, null);
        } else if (!isOfContainer && !mode.equals(NamespaceCheck.HOST) && !isHarmless(mode)) {
            judgement.deny(path.member(MODE), "is a mode that this proxy does not know, or joins a path of the host");
        } else if (!isOfContainer && !BodyValidation.string(value, VALUE).isEmpty()) {
            judgement.deny(path.member(VALUE), "is set");
        }
    }

    private boolean isHarmless(String mode) {
        return OWN.contains(mode) || harmless.contains(mode);
    }
}
