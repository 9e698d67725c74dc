package org.socketproxy.policy.create;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.socketproxy.json.JsonPointers;
import org.socketproxy.json.JsonValue;

/** Judges added capabilities: those that the daemon gives every container by itself are harmless. */
final class CapabilitiesCheck implements FieldRule {
    private static final Set<String> DEFAULT = Set.of(
            "CHOWN",
            "DAC_OVERRIDE",
            "FOWNER",
            "FSETID",
            "KILL",
            "NET_BIND_SERVICE",
            "SETFCAP",
            "SETGID",
            "SETPCAP",
            "SETUID",
            "SYS_CHROOT");

    /** Docker gives them to every container, Podman does not. */
    private static final Set<String> DEFAULT_OF_DOCKER = Set.of("AUDIT_WRITE", "MKNOD", "NET_RAW");

    @Override
    public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
        List<String> names = judgement.strings(value, path);
        for (int i = 0; i < names.size(); i++) {
            String name = normalized(names.get(i));
            if (DEFAULT.contains(name) || judgement.permissions().has(CreatePermission.CAPABILITIES, name)) {
                continue;
            }
            String problem = "adds the capability " + JsonPointers.printable(name);
            if (DEFAULT_OF_DOCKER.contains(name)) {
                judgement.claim(
                        DefaultClaim.Kind.CAPABILITY,
                        List.of(name),
                        path.element(i),
                        problem + ", which is not the daemon's default",
                        CreatePermission.CAPABILITIES,
                        name);
            } else {
                judgement.deny(path.element(i), problem, CreatePermission.CAPABILITIES, name);
            }
        }
    }

    /** Returns the name in upper case without {@code CAP_}, as the daemon compares it. */
    static String normalized(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        return upper.startsWith("CAP_") ? upper.substring("CAP_".length()) : upper;
    }
}
