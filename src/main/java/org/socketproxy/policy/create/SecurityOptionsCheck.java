package org.socketproxy.policy.create;

import java.util.List;
import java.util.Set;
import org.socketproxy.json.JsonValue;

/** Judges {@code SecurityOpt}: only options that confine a container more, or are the daemon's default, are harmless. */
final class SecurityOptionsCheck implements FieldRule {
    /** The daemon separates name and value at {@code =} or {@code :}. */
    static final Set<String> NO_NEW_PRIVILEGES =
            Set.of("no-new-privileges", "no-new-privileges=true", "no-new-privileges:true");

    private static final Set<String> DEFAULT = Set.of("seccomp=builtin", "seccomp:builtin", "apparmor=docker-default");

    @Override
    public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
        List<String> options = judgement.strings(value, path);
        for (int i = 0; i < options.size(); i++) {
            String option = options.get(i);
            if (NO_NEW_PRIVILEGES.contains(option) || judgement.permissions().has(CreatePermission.SECURITY_OPT)) {
                continue;
            }
            if (DEFAULT.contains(option)) {
                judgement.claim(
                        DefaultClaim.Kind.SECURITY_OPTION,
                        List.of(option),
                        path.element(i),
                        "is not the daemon's default",
                        CreatePermission.SECURITY_OPT,
                        null);
            } else {
                judgement.deny(path.element(i), "changes the confinement", CreatePermission.SECURITY_OPT, null);
            }
        }
    }
}
