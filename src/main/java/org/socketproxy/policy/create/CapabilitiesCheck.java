package org.socketproxy.policy.create;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.socketproxy.json.JsonPointers;
import org.socketproxy.json.JsonValue;

/** Judges added capabilities: those that the daemon gives every container are harmless. */
final class CapabilitiesCheck implements FieldRule {
    private static final Set<String> DEFAULT = Set.of(
            "AUDIT_WRITE",
            "CHOWN",
            "DAC_OVERRIDE",
            "FOWNER",
            "FSETID",
            "KILL",
            "MKNOD",
            "NET_BIND_SERVICE",
            "NET_RAW",
            "SETFCAP",
            "SETGID",
            "SETPCAP",
            "SETUID",
            "SYS_CHROOT");

    @Override
    public void check(Judgement judgement, JsonValue value, FieldPath path) {
        List<String> names = judgement.strings(value, path);
        for (int i = 0; i < names.size(); i++) {
            String name = normalized(names.get(i));
            if (!DEFAULT.contains(name) && !judgement.permissions().has(CreatePermission.CAPABILITIES, name)) {
                judgement.deny(
                        path.element(i),
                        "adds the capability " + JsonPointers.printable(name),
                        CreatePermission.CAPABILITIES,
                        name);
            }
        }
    }

    /** Returns the name in upper case without {@code CAP_}, as the daemon compares it. */
    static String normalized(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        return upper.startsWith("CAP_") ? upper.substring("CAP_".length()) : upper;
    }
}
