package org.socketproxy.policy.create;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.socketproxy.json.JsonPointers;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonObject;

/**
 * Judges the mounts, named volumes and overlays in the body of Podman's own API.
 *
 * <p>Security: a mount goes to the OCI runtime as it is. The type can be any file system of the kernel, and an option can turn
 * a tmpfs into a bind of its source, so only known types and options are allowed.
 */
enum LibpodMountsCheck implements FieldRule {
    /** Mounts of the OCI runtime specification. */
    MOUNTS {
        @Override
        void checkOne(BodyValidation judgement, JsonObject mount, FieldPath path) {
            List<String> options = options(judgement, mount, "options", path);
            String source = BodyValidation.string(mount, SOURCE);
            switch (BodyValidation.string(mount, "type")) {
                case "bind" -> {
                    checkOptions(judgement, options, BIND, path);
                    boolean isReadOnly = options.contains("ro")
                            && !options.contains("rw")
                            && options.stream().noneMatch(CHANGES_FILES::contains);
                    judgement.rules().binds().check(judgement, source, isReadOnly, path.member(SOURCE));
                }
                case TMPFS -> {
                    checkOptions(judgement, options, Set.of("tmpcopyup", "notmpcopyup"), path);
                    if (!source.isEmpty() && !source.equals(TMPFS)) {
                        judgement.deny(path.member(SOURCE), "is not tmpfs");
                    }
                }
                default -> judgement.deny(path.member("type"), "is not bind or tmpfs");
            }
        }
    },
    /** Named volumes. */
    VOLUMES {
        @Override
        void checkOne(BodyValidation judgement, JsonObject volume, FieldPath path) {
            String name = BodyValidation.string(volume, "Name");
            if (!name.isEmpty() && !BindsCheck.VOLUME_NAME.matcher(name).matches()) {
                judgement.deny(path.member("Name"), "is not the name of a volume");
            }
            checkOptions(judgement, options(judgement, volume, "Options", path), VOLUME, path);
        }
    },
    /** Overlays over a path of the host, which the container does not write. */
    OVERLAYS {
        @Override
        void checkOne(BodyValidation judgement, JsonObject overlay, FieldPath path) {
            for (String option : options(judgement, overlay, "options", path)) {
                if (!option.equals("O")) {
                    judgement.deny(path, "has the option " + JsonPointers.printable(option));
                }
            }
            String source = BodyValidation.string(overlay, SOURCE);
            judgement.rules().binds().check(judgement, source, true, path.member(SOURCE));
        }
    };

    private static final String SOURCE = "source";
    private static final String TMPFS = "tmpfs";
    private static final Set<String> HARMLESS =
            Set.of("rw", "ro", "private", "rprivate", "nosuid", "nodev", "noexec", "exec", "suid", "dev", "noatime");
    private static final Set<String> PROPAGATION = Set.of("shared", "rshared", "slave", "rslave");
    /** Change the SELinux label or the owner of the files. */
    private static final Set<String> CHANGES_FILES = Set.of("z", "Z", "U");

    private static final Set<String> BIND = Set.of("bind", "rbind", "z", "Z", "U");
    private static final Set<String> VOLUME = Set.of("z", "Z", "U", "copy", "nocopy");
    private static final Pattern TMPFS_NUMBER =
            Pattern.compile("(?:size|mode|uid|gid|nr_inodes|nr_blocks)=[0-9]+[kmgKMG%]?");

    abstract void checkOne(BodyValidation judgement, JsonObject object, FieldPath path);

    @Override
    public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
        List<JsonValue> elements = ((JsonArray) value).elements();
        for (int i = 0; i < elements.size(); i++) {
            if (elements.get(i) instanceof JsonObject object && !object.isZero()) {
                checkOne(judgement, object, path.element(i));
            }
        }
    }

    private static List<String> options(BodyValidation judgement, JsonObject object, String member, FieldPath path) {
        JsonValue options = object.members().get(member);
        return options == null ? List.of() : judgement.strings(options, path.member(member));
    }

    private static void checkOptions(
            BodyValidation judgement, List<String> options, Set<String> ofKind, FieldPath path) {
        for (String option : options) {
            if (PROPAGATION.contains(option)) {
                if (!judgement.permissions().has(CreatePermission.PROPAGATION)) {
                    judgement.deny(path, "has the propagation " + option, CreatePermission.PROPAGATION, null);
                }
            } else if (!HARMLESS.contains(option) && !ofKind.contains(option) && !isNumberOfTmpfs(option, ofKind)) {
                judgement.deny(path, "has the option " + JsonPointers.printable(option));
            }
        }
    }

    private static boolean isNumberOfTmpfs(String option, Set<String> ofKind) {
        return ofKind.contains("tmpcopyup") && TMPFS_NUMBER.matcher(option).matches();
    }
}
