package org.socketproxy.policy.create;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.socketproxy.json.JsonPointers;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.json.StrictJson;

/**
 * Checks of binds, mounts and volumes.
 *
 * <p>Security: Podman writes the texts of a mount into one line of options that commas separate, and parses this line. A mount of
 * Podman's own API goes to the OCI runtime as it is: the type can be any file system of the kernel, and an option can turn a tmpfs
 * into a bind of its source, so only known types and options are allowed.
 */
final class MountChecks {
    /** Name of a volume, as the daemon accepts it. */
    static final Pattern VOLUME_NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");

    /** Checks the daemon's description of a volume, and the body of VolumeCreateLibpod. */
    static final Field.Rule EXISTING_VOLUME = volume("Driver", "Options");

    /** Checks the name of a new volume. */
    static void newVolume(BodyValue name) {
        ownVolume(name, name.text());
    }

    private static final int MOST_PARTS = 3;
    private static final String OF_PODMAN = "by the API of Podman";
    private static final String NOT_A_VOLUME = "is not the name of a volume";
    static final String LOCAL = "local";
    private static final String TMPFS = "tmpfs";
    private static final Set<String> BIND_MODES = Set.of(
            "rw", "ro", "nocopy", "private", "rprivate", "cached", "delegated", "consistent", "default", "z", "Z");

    /** Options of each kind of mount in Podman's own API. */
    private static final Set<String> LIBPOD_OPTIONS =
            Set.of("rw", "ro", "private", "rprivate", "nosuid", "nodev", "noexec", "exec", "suid", "dev", "noatime");

    /** Change the SELinux label or the owner of the files. */
    private static final Set<String> LIBPOD_CHANGES = Set.of("z", "Z", "U");

    private static final Set<String> LIBPOD_BIND = Set.of("bind", "rbind", "z", "Z", "U");
    private static final Set<String> LIBPOD_VOLUME = Set.of("z", "Z", "U", "copy", "nocopy");
    private static final Set<String> LIBPOD_TMPFS = Set.of("tmpcopyup", "notmpcopyup");

    private static final String TMPFS_NUMBER = "(?:size|mode|uid|gid|nr_inodes|nr_blocks)=[0-9]+[kmgKMG%]?";
    private static final Pattern LIBPOD_TMPFS_NUMBER = Pattern.compile(TMPFS_NUMBER);

    /** Numeric mount options of a tmpfs; any other option could turn it into another mount. */
    private static final Pattern TMPFS_NUMBERS = Pattern.compile("(?:" + TMPFS_NUMBER + "(?:,(?!$)|$))++");

    private static final Set<String> TMPFS_VOLUME_OPTIONS = Set.of("type", "device", "o", "size");

    private MountChecks() {}

    /**
     * Checks {@code Binds}: elements are {@code target}, {@code source:target} or {@code source:target:modes}. A source that begins with
     * a slash is a path of the host; any other source is the name of a volume.
     */
    static void binds(BodyValue binds) {
        binds.strings().forEach(MountChecks::bind);
    }

    private static void bind(BodyValue bind) {
        String[] parts = bind.text().split(":", -1);
        if (parts.length > MOST_PARTS) {
            bind.deny("has more than three parts");
            return;
        }
        if (parts.length == 1) {
            return; // an anonymous volume
        }
        for (String mode : HostBind.modes(parts)) {
            if (HostBind.PROPAGATION.contains(mode)) {
                if (!propagation(bind, mode)) {
                    return;
                }
            } else if (!BIND_MODES.contains(mode)) {
                bind.deny("has a mode that this proxy does not know");
                return;
            }
        }
        Optional<HostBind> ofHost = HostBind.of(bind.json());
        if (ofHost.isPresent()) {
            check(bind, ofHost.get());
        } else if (!VOLUME_NAME.matcher(parts[0]).matches()) {
            bind.deny("has a source that is neither an absolute path nor the name of a volume");
        } else {
            ownVolume(bind, parts[0]);
        }
    }

    private static void check(BodyValue place, HostBind bind) {
        place.rules().binds().check(place, bind.source(), !bind.isWriting(), bind.obstacle());
    }

    private static boolean propagation(BodyValue mount, String mode) {
        return mount.require(CreatePermission.PROPAGATION, "has the propagation " + mode);
    }

    /** Checks the type and the source of each element of {@code Mounts}. The table judges the other fields. */
    static void mounts(BodyValue mounts) {
        mounts.objects().forEach(mount -> mount(mount, ""));
    }

    /** The nodes of a swarm do not have the volumes of the proxy. */
    static void serviceMounts(BodyValue mounts) {
        mounts.objects().forEach(mount -> mount(mount, "in a service"));
    }

    private static void mount(BodyValue mount, String obstacle) {
        BodyValue source = mount.member("Source");
        mountText(source);
        mountText(mount.member("Target"));
        mountText(mount.member("VolumeOptions").member("Subpath"));
        mountText(mount.member("ImageOptions").member("Subpath"));
        switch (mount.text("Type")) {
            case "bind" ->
                HostBind.of(mount.json())
                        .ifPresent(bind -> source.rules()
                                .binds()
                                .check(
                                        source,
                                        bind.source(),
                                        bind.isReadOnly(),
                                        obstacle.isEmpty() ? bind.obstacle() : obstacle));
            case "volume" -> volumeName(source);
            case "image" -> ImageChecks.image(source);
            case TMPFS -> {}
            default -> mount.member("Type").deny("is not bind, volume, tmpfs or image");
        }
    }

    private static void mountText(BodyValue value) {
        if (value.text().chars().anyMatch(c -> c == ',' || c == '"' || c < ' ')) {
            value.deny("has a comma, a quote or a control character, which Podman reads as further options");
        }
    }

    private static void volumeName(BodyValue name) {
        if (!name.text().isEmpty() && !VOLUME_NAME.matcher(name.text()).matches()) {
            name.deny(NOT_A_VOLUME);
        }
        ownVolume(name, name.text());
    }

    private static void ownVolume(BodyValue place, String name) {
        if (BindVolume.isReserved(name)) {
            place.deny("has the name of a volume that this proxy makes for binds");
        }
    }

    /**
     * Checks the names of {@code Volumes}, which are paths of the container. Podman reads a name with a colon like an element of
     * {@code Binds}, which can name a path of the host.
     */
    static void volumeTargets(BodyValue volumes) {
        if (volumes.object().members().keySet().stream().anyMatch(name -> name.indexOf(':') >= 0)) {
            volumes.deny("has a path with a colon, which Podman reads as a path of the host");
        }
    }

    /**
     * Returns a check of the driver of a volume together with its options. The driver {@code local} mounts any path, disk or network
     * share that its options name; only {@code size}, a tmpfs and an allowed share are harmless.
     */
    static Field.Rule volume(String driverMember, String optionsMember) {
        return volume -> {
            BodyValue driver = volume.member(driverMember);
            BodyValue options = volume.member(optionsMember);
            boolean isLocal = driver.text().isEmpty() || driver.text().equals(LOCAL);
            if (volumeDriver(driver) && isLocal && !isHarmless(options)) {
                options.require(CreatePermission.VOLUME_OPTIONS, "has options that can mount a path of the host");
            }
        };
    }

    /** Checks the name of a driver, and returns true if it is allowed. */
    static boolean volumeDriver(BodyValue name) {
        String driver = name.text();
        String problem = "is the volume driver " + JsonPointers.printable(driver);
        return driver.isEmpty()
                || driver.equals(LOCAL)
                || name.require(CreatePermission.VOLUME_DRIVER, driver, problem);
    }

    private static boolean isHarmless(BodyValue options) {
        return areHarmless(options.object().members())
                || !options.has(CreatePermission.VOLUME_OPTIONS) && LocalVolume.isAllowed(options);
    }

    private static boolean areHarmless(Map<String, JsonValue> options) {
        if (Set.of("size").containsAll(options.keySet())) {
            return true;
        }
        JsonValue mount = options.get("o");
        return TMPFS_VOLUME_OPTIONS.containsAll(options.keySet())
                && new JsonString(TMPFS).equals(options.get("type"))
                && new JsonString(TMPFS).equals(options.get("device"))
                && (mount == null
                        || mount instanceof JsonString text
                                && (text.isZero()
                                        || TMPFS_NUMBERS.matcher(text.text()).matches()));
    }

    /** Checks mounts of the OCI runtime specification. */
    static void libpodMounts(BodyValue mounts) {
        mounts.objects().forEach(MountChecks::libpodMount);
    }

    private static void libpodMount(BodyValue mount) {
        List<String> options = texts(mount.member("options").strings());
        BodyValue source = mount.member("source");
        switch (mount.text("type")) {
            case "bind" -> {
                libpodOptions(mount, options, LIBPOD_BIND::contains);
                boolean isReadOnly = options.contains("ro")
                        && !options.contains("rw")
                        && options.stream().noneMatch(LIBPOD_CHANGES::contains);
                source.rules().binds().check(source, source.text(), isReadOnly, OF_PODMAN);
            }
            case TMPFS -> {
                libpodOptions(
                        mount,
                        options,
                        option -> LIBPOD_TMPFS.contains(option)
                                || LIBPOD_TMPFS_NUMBER.matcher(option).matches());
                if (!source.text().isEmpty() && !source.text().equals(TMPFS)) {
                    source.deny("is not tmpfs");
                }
            }
            default -> mount.member("type").deny("is not bind or tmpfs");
        }
    }

    private static void libpodOptions(BodyValue mount, List<String> options, Predicate<String> isOfKind) {
        for (String option : options) {
            if (HostBind.PROPAGATION.contains(option)) {
                propagation(mount, option);
            } else if (!LIBPOD_OPTIONS.contains(option) && !isOfKind.test(option)) {
                mount.deny("has the option " + JsonPointers.printable(option));
            }
        }
    }

    private static List<String> texts(List<BodyValue> strings) {
        return strings.stream().map(BodyValue::text).toList();
    }

    /** Checks named volumes of Podman's own API. */
    static void libpodVolumes(BodyValue volumes) {
        for (BodyValue volume : volumes.objects()) {
            volumeName(volume.member("Name"));
            libpodOptions(volume, texts(volume.member("Options").strings()), LIBPOD_VOLUME::contains);
        }
    }

    /** Checks overlays over a path of the host, which the container does not write. */
    static void libpodOverlays(BodyValue overlays) {
        for (BodyValue overlay : overlays.objects()) {
            for (String option : texts(overlay.member("options").strings())) {
                if (!option.equals("O")) {
                    overlay.deny("has the option " + JsonPointers.printable(option));
                }
            }
            BodyValue source = overlay.member("source");
            source.rules().binds().check(source, source.text(), true, OF_PODMAN);
        }
    }

    /**
     * Judges the daemon's response to VolumeInspect by the rules of the body that creates a volume.
     *
     * @param asked name of the volume for which the daemon was asked
     */
    static List<Violation> existing(CreateRules rules, String asked, ByteBuffer inspect) {
        BodyValidation validation = new BodyValidation(rules);
        JsonObject volume = StrictJson.object(inspect);
        String name = volume.text("Name");
        if (!isReadable(volume)) {
            validation.denyForm("the daemon's description of the volume cannot be read");
            return validation.violations();
        }
        if (BindVolume.isReserved(name)) {
            if (BindVolume.named(name).filter(own -> own.isDescribedBy(volume)).isEmpty()) {
                validation.denyForm("the volume " + name + " is not one that this proxy has made");
            }
        } else {
            EXISTING_VOLUME.check(BodyValue.root(validation, volume));
        }
        if (!validation.violations().isEmpty()) {
            return Violation.about("the volume " + name + "'s ", validation.violations());
        }
        if (!name.equals(asked)) {
            validation.denyForm("the daemon describes another volume than " + asked);
        }
        return validation.violations();
    }

    private static boolean isReadable(JsonObject volume) {
        JsonValue options = volume.get("Options");
        return VOLUME_NAME.matcher(volume.text("Name")).matches()
                && volume.get("Driver") instanceof JsonString
                && (options instanceof JsonObject || options.isZero());
    }
}
