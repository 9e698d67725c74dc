package org.socketproxy.policy.create;

import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.socketproxy.json.JsonPointers;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonString;

/**
 * Judges the driver of a volume together with its options. The driver {@code local} mounts any path, disk or network share
 * that its options name; only {@code size} and a tmpfs are harmless.
 */
enum VolumeDriverCheck implements FieldRule {
    /** The body of VolumeCreate. */
    VOLUME {
        @Override
        public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
            checkBoth(judgement, value, path, "Driver", "DriverOpts");
        }
    },
    /** The daemon's description of a volume, and the body of VolumeCreateLibpod. */
    EXISTING {
        @Override
        public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
            checkBoth(judgement, value, path, "Driver", "Options");
        }
    },
    /** {@code DriverConfig} of a mount. */
    DRIVER_CONFIG {
        @Override
        public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
            checkBoth(judgement, value, path, "Name", "Options");
        }
    },
    /** The value is the name of the driver. */
    NAME {
        @Override
        public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
            isDriverAllowed(judgement, ((JsonString) value).text(), path);
        }
    };

    private static final String LOCAL = "local";
    private static final String TMPFS = "tmpfs";
    private static final Set<String> TMPFS_OPTIONS = Set.of("type", "device", "o", "size");
    /** Mount options of a tmpfs that are numbers; all others could turn it into another mount. */
    private static final Pattern TMPFS_MOUNT =
            Pattern.compile("(?:(?:size|mode|uid|gid|nr_inodes|nr_blocks)=[0-9]+[kmgKMG%]?(?:,(?!$)|$))++");

    private static void checkBoth(
            BodyValidation judgement, JsonValue value, FieldPath path, String driverMember, String optionsMember) {
        String driver = BodyValidation.string(value, driverMember);
        if (!isDriverAllowed(judgement, driver, path.member(driverMember))) {
            return;
        }
        Map<String, JsonValue> options = BodyValidation.members(value, optionsMember);
        boolean isLocal = driver.isEmpty() || driver.equals(LOCAL);
        if (isLocal && !areHarmless(options) && !judgement.permissions().has(CreatePermission.VOLUME_OPTIONS)) {
            judgement.deny(
                    path.member(optionsMember),
                    "has options that can mount a path of the host",
                    CreatePermission.VOLUME_OPTIONS,
                    null);
        }
    }

    private static boolean isDriverAllowed(BodyValidation judgement, String driver, FieldPath path) {
        if (driver.isEmpty()
                || driver.equals(LOCAL)
                || judgement.permissions().has(CreatePermission.VOLUME_DRIVER, driver)) {
            return true;
        }
        String problem = "is the volume driver " + JsonPointers.printable(driver);
        judgement.deny(path, problem, CreatePermission.VOLUME_DRIVER, driver);
        return false;
    }

    private static boolean areHarmless(Map<String, JsonValue> options) {
        if (Set.of("size").containsAll(options.keySet())) {
            return true;
        }
        JsonValue mount = options.get("o");
        return TMPFS_OPTIONS.containsAll(options.keySet())
                && new JsonString(TMPFS).equals(options.get("type"))
                && new JsonString(TMPFS).equals(options.get("device"))
                && (mount == null
                        || mount instanceof JsonString text
                                && (text.isZero()
                                        || TMPFS_MOUNT.matcher(text.text()).matches()));
    }
}
