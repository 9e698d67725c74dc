package org.socketproxy.policy.create;

import java.util.List;
import java.util.Set;
import org.socketproxy.json.JsonPointers;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonString;

/** Judges the runtime: the daemon's default is harmless. Podman describes its own as {@code oci}. */
final class RuntimeCheck implements FieldRule {
    private static final Set<String> POSSIBLE_DEFAULT = Set.of("runc", "crun", "oci", "io.containerd.runc.v2");

    @Override
    public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
        String runtime = ((JsonString) value).text();
        if (runtime.isEmpty() || judgement.permissions().has(CreatePermission.RUNTIME, runtime)) {
            return;
        }
        String problem = "is the runtime " + JsonPointers.printable(runtime);
        if (POSSIBLE_DEFAULT.contains(runtime)) {
            judgement.claim(
                    DefaultClaim.Kind.RUNTIME,
                    List.of(runtime),
                    path,
                    problem + ", not the daemon's default",
                    CreatePermission.RUNTIME,
                    runtime);
        } else {
            judgement.deny(path, problem, CreatePermission.RUNTIME, runtime);
        }
    }
}
