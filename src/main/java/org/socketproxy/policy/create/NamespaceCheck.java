package org.socketproxy.policy.create;

import java.util.Set;
import java.util.regex.Pattern;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonString;

/** Judges the mode of one namespace: private, of the host, or of another container. */
final class NamespaceCheck implements FieldRule {
    static final NamespaceCheck NETWORK = new NamespaceCheck(CreatePermission.HOST_NETWORK, Set.of(), true);
    static final NamespaceCheck PID = new NamespaceCheck(CreatePermission.HOST_PID, Set.of("private"), false);
    static final NamespaceCheck IPC =
            new NamespaceCheck(CreatePermission.HOST_IPC, Set.of("none", "private", "shareable"), false);
    static final NamespaceCheck UTS = new NamespaceCheck(CreatePermission.HOST_UTS, Set.of("private"), false);
    static final NamespaceCheck USER = new NamespaceCheck(CreatePermission.HOST_USERNS, Set.of("private"), false);
    static final NamespaceCheck CGROUP = new NamespaceCheck(CreatePermission.HOST_CGROUPNS, Set.of("private"), false);

    /** Name or id of a network, and the words {@code default}, {@code none}, {@code bridge}, {@code private}. */
    static final Pattern NETWORK_NAME = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9_. -]*");

    static final String HOST = "host";
    private static final String CONTAINER = "container:";

    private final CreatePermission ofHost;
    private final Set<String> harmless;
    private final boolean isNetwork;

    private NamespaceCheck(CreatePermission ofHost, Set<String> harmless, boolean isNetwork) {
        this.ofHost = ofHost;
        this.harmless = harmless;
        this.isNetwork = isNetwork;
    }

    @Override
    public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
        String mode = ((JsonString) value).text();
        if (mode.isEmpty() || harmless.contains(mode)) {
            return;
        }
        if (mode.equals(HOST)) {
            if (!judgement.permissions().has(ofHost)) {
                judgement.deny(path, "is host", ofHost, null);
            }
        } else if (mode.startsWith(CONTAINER)) {
            if (!judgement.permissions().has(CreatePermission.JOIN_CONTAINER)) {
                judgement.deny(path, "joins another container", CreatePermission.JOIN_CONTAINER, null);
            }
        } else if (!isNetwork || !NETWORK_NAME.matcher(mode).matches()) {
            judgement.deny(path, "has a mode that this proxy does not know");
        }
    }
}
