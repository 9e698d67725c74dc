package org.socketproxy.policy.create;

import java.util.Set;
import org.socketproxy.json.JsonPointers;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonString;

/** Judges the runtime: the defaults of Docker and Podman are harmless. Podman describes its own as {@code oci}. */
final class RuntimeCheck implements FieldRule {
    private static final Set<String> DEFAULT = Set.of("", "runc", "crun", "oci", "io.containerd.runc.v2");

    @Override
    public void check(Judgement judgement, JsonValue value, FieldPath path) {
        String runtime = ((JsonString) value).text();
        if (!DEFAULT.contains(runtime) && !judgement.permissions().has(CreatePermission.RUNTIME, runtime)) {
            String problem = "is the runtime " + JsonPointers.printable(runtime);
            judgement.deny(path, problem, CreatePermission.RUNTIME, runtime);
        }
    }
}
