package org.socketproxy.policy.create;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.socketproxy.json.JsonValue;

/**
 * Judges {@code Binds}, whose elements are {@code target}, {@code source:target} or {@code source:target:modes}. A source
 * with a slash in front is a path of the host; any other source is the name of a volume.
 */
final class BindsCheck implements FieldRule {
    /** Name of a volume, as the daemon accepts it. */
    static final Pattern VOLUME_NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");

    private static final int MOST_PARTS = 3;
    private static final Set<String> HARMLESS =
            Set.of("rw", "ro", "nocopy", "private", "rprivate", "cached", "delegated", "consistent", "default");
    private static final Set<String> PROPAGATION = Set.of("shared", "rshared", "slave", "rslave");
    /** Change the SELinux label of the files of the host. */
    private static final Set<String> RELABEL = Set.of("z", "Z");

    @Override
    public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
        List<String> binds = judgement.strings(value, path);
        for (int i = 0; i < binds.size(); i++) {
            checkBind(judgement, binds.get(i).split(":", -1), path.element(i));
        }
    }

    private static void checkBind(BodyValidation judgement, String[] parts, FieldPath path) {
        if (parts.length > MOST_PARTS) {
            judgement.deny(path, "has more than three parts");
            return;
        }
        if (parts.length == 1) {
            return; // an anonymous volume
        }
        Set<String> modes = parts.length < MOST_PARTS || parts[2].isEmpty() ? Set.of() : split(parts[2]);
        boolean isOfHost = parts[0].startsWith("/");
        for (String mode : modes) {
            if (PROPAGATION.contains(mode)) {
                if (!judgement.permissions().has(CreatePermission.PROPAGATION)) {
                    judgement.deny(path, "has the propagation " + mode, CreatePermission.PROPAGATION, null);
                    return;
                }
            } else if (!HARMLESS.contains(mode) && !RELABEL.contains(mode)) {
                judgement.deny(path, "has a mode that this proxy does not know");
                return;
            }
        }
        if (isOfHost) {
            boolean isReadOnly = modes.contains("ro") && modes.stream().noneMatch(RELABEL::contains);
            judgement.rules().binds().check(judgement, parts[0], isReadOnly, path);
        } else if (!VOLUME_NAME.matcher(parts[0]).matches()) {
            judgement.deny(path, "has a source that is neither an absolute path nor the name of a volume");
        }
    }

    private static Set<String> split(String modes) {
        return new java.util.LinkedHashSet<>(List.of(modes.split(",", -1)));
    }
}
