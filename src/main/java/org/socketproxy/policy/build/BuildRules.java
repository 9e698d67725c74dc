package org.socketproxy.policy.build;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.create.CreatePermission;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.ImageRules;
import org.socketproxy.policy.create.Requirements.Requirement;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.create.Violation.Kind;
import org.socketproxy.policy.create.Violation.Remedy;

/**
 * The rules of a profile for builds: judges the messages of Solve, and forces values into them.
 *
 * <p>Threading: immutable.
 *
 * @param create rules of {@code CREATE=safe}; null without it: then everything is allowed that leaves the labels to the proxy
 * @param cacheNamespace name of a profile with a separate cache; empty for the cache of all clients. It has no slash
 */
public record BuildRules(@Nullable CreateRules create, ImageLabels labels, String cacheNamespace) {
    /** End of the names of hosts that separate the caches of profiles. Messages of clients must not contain it. */
    public static final String RESERVED_HOST = ".profile.invalid";

    private static final String LABEL = "label:";
    private static final String CMDLINE = "cmdline";
    /** A client with the key of another one could get its files by their sizes and times. */
    private static final String SHARED_KEY = "sharedkey:";

    private static final String ADD_HOSTS = "add-hosts";
    private static final String CACHE_NAMESPACE = "build-arg:BUILDKIT_CACHE_MOUNT_NS";
    /** Outputs that make an image of the daemon. */
    private static final Set<String> IMAGE_OUTPUTS = Set.of("moby", "image");

    /** With {@code isolated} they have no effect. */
    private static final Set<CreatePermission> OF_NETWORK = EnumSet.of(
            CreatePermission.BUILD_REMOTE, CreatePermission.BUILD_NETWORK_HOST, CreatePermission.BUILD_FRONTEND);

    /**
     * Labels of the images that a profile builds.
     *
     * @param forced replace labels of the client
     * @param blanked keys that get an empty value, because the image would inherit a value otherwise
     * @param isReserved returns true for key and value of a label by which another profile selects images
     */
    public record ImageLabels(Map<String, String> forced, Set<String> blanked, BiPredicate<String, String> isReserved) {
        public static final ImageLabels NONE = new ImageLabels(Map.of(), Set.of(), (key, value) -> false);

        public ImageLabels {
            forced = Map.copyOf(forced);
            blanked = Set.copyOf(blanked);
        }

        /** Returns the labels of images that belong to two selections. */
        public ImageLabels and(ImageLabels other) {
            Map<String, String> both = new LinkedHashMap<>(forced);
            both.putAll(other.forced);
            Set<String> keys = new LinkedHashSet<>(blanked);
            keys.addAll(other.blanked);
            return new ImageLabels(both, keys, isReserved.or(other.isReserved));
        }

        boolean isNone() {
            return forced.isEmpty() && blanked.isEmpty();
        }
    }

    /**
     * Judges a message.
     *
     * @return empty if the message is allowed; without {@code CREATE=safe} the subjects are the sentences
     */
    public List<Violation> judge(BuildMessage message) {
        if (!message.isSolve()) {
            return List.of();
        }
        List<Violation> violations = new BuildJudge(this).judge(message.fields());
        violations.addAll(missingRequirements());
        violations.addAll(reservedLabels(message));
        return violations;
    }

    /** The steps of BuildKit have no limits, and are root in a container with a writable file system. */
    private List<Violation> missingRequirements() {
        if (create == null || grants(CreatePermission.BUILD_UNLIMITED)) {
            return List.of();
        }
        return Stream.of(Requirement.values())
                .filter(requirement ->
                        requirement.isOfStep() && create.requirements().has(requirement))
                .map(requirement -> new Violation(
                        Kind.REQUIRED,
                        "",
                        "the steps of a build cannot have " + requirement.meaning() + ", and CREATE_REQUIRE has "
                                + requirement.word(),
                        remedy(CreatePermission.BUILD_UNLIMITED)))
                .toList();
    }

    private List<Violation> reservedLabels(BuildMessage message) {
        List<Violation> violations = new ArrayList<>();
        message.fields().textMap(message.options()).forEach((option, value) -> {
            String key = option.startsWith(LABEL) ? option.substring(LABEL.length()) : "";
            if (!key.isEmpty()
                    && !labels.forced().containsKey(key)
                    && labels.isReserved().test(key, value)) {
                violations.add(new Violation(
                        Kind.FIELD,
                        "/" + message.options(),
                        "the build has a label by which another profile selects its objects",
                        null));
            }
        });
        return violations;
    }

    /**
     * Returns an allowed message with the values that the proxy forces: labels, the namespace of cache mounts, the daemon's own
     * frontend instead of the one that a Dockerfile names, a policy that denies URLs, and with {@code isolated} no network.
     */
    public BuildMessage rewrite(BuildMessage message) {
        if (!message.isSolve()) {
            return message;
        }
        Map<String, Object> options = new LinkedHashMap<>(message.fields().textMap(message.options()));
        if (!grants(CreatePermission.BUILD_FRONTEND)) {
            // The frontend ignores "# syntax=" and BUILDKIT_SYNTAX if this option is present.
            options.put(CMDLINE, "builtin");
        }
        if (isIsolated()) {
            options.put("force-network-mode", "none");
        }
        if (isCacheSeparate()) {
            options.put(CACHE_NAMESPACE, cacheNamespace);
            options.replaceAll((key, own) -> key.startsWith(SHARED_KEY) ? cacheNamespace + "/" + own : own);
            options.merge(ADD_HOSTS, marker(), (own, marker) -> marker + (own.equals("") ? "" : "," + own));
        }
        labels.blanked().forEach(key -> options.putIfAbsent(LABEL + key, ""));
        labels.forced().forEach((key, value) -> options.put(LABEL + key, value));
        ProtoMessage fields = message.fields().with(message.options(), options);
        if (message.startsBuild() && !grants(CreatePermission.BUILD_REMOTE)) {
            fields = fields.with("SourcePolicy", SourcePolicies.WITHOUT_URLS);
        }
        return new BuildMessage(message.operation(), fields);
    }

    /**
     * Returns true if steps must not be taken from builds of other profiles: a client can choose proxies, secrets and caches from
     * which a step gets its files, and none of them is part of its key in the daemon's cache.
     */
    boolean isCacheSeparate() {
        return !cacheNamespace.isEmpty();
    }

    /** Returns true if a message chooses the namespace of cache mounts, which only the proxy does. */
    public static boolean hasCacheNamespace(BuildMessage message) {
        return message.isSolve() && message.fields().textMap(message.options()).containsKey(CACHE_NAMESPACE);
    }

    /** Returns a line of {@code /etc/hosts} that makes the keys of all steps different from those of other profiles. */
    private String marker() {
        byte[] name = cacheNamespace.getBytes(StandardCharsets.UTF_8);
        return HexFormat.of().formatHex(name) + RESERVED_HOST + "=127.0.0.1";
    }

    /** Returns the names that a build gives to images of the daemon; an empty one for an image without a name. */
    public static List<String> imageNames(BuildMessage message) {
        if (!message.startsBuild()) {
            return List.of();
        }
        ProtoMessage fields = message.fields();
        Set<String> names = new LinkedHashSet<>();
        fields.messages("Exporters").forEach(output -> addNames(output.text("Type"), output.textMap("Attrs"), names));
        addNames(fields.text("ExporterDeprecated"), fields.textMap("ExporterAttrsDeprecated"), names);
        return List.copyOf(names);
    }

    private static void addNames(String type, Map<String, String> attributes, Set<String> names) {
        if (IMAGE_OUTPUTS.contains(type)) {
            names.addAll(List.of(attributes.getOrDefault("name", "").split(",", -1)));
            Stream.ofNullable(attributes.get("dangling-name-prefix")).forEach(names::add);
        }
    }

    /** A frontend of the client could leave out the labels, so a profile with labels has the daemon's. */
    boolean grants(CreatePermission permission) {
        if (permission == CreatePermission.BUILD_FRONTEND && !labels.isNone()) {
            return false;
        }
        return !(isIsolated() && OF_NETWORK.contains(permission)) && isGranted(permission);
    }

    private boolean isIsolated() {
        return create != null && create.requirements().has(Requirement.ISOLATED);
    }

    private boolean isGranted(CreatePermission permission) {
        return create == null || create.grantsAny(Set.of(permission.word()));
    }

    /** Returns the assignment that gives a permission; null if none does. */
    @Nullable
    Remedy remedy(@Nullable CreatePermission permission) {
        boolean isImpossible = permission == CreatePermission.BUILD_FRONTEND && !labels.isNone()
                || isIsolated() && permission != null && OF_NETWORK.contains(permission);
        return permission == null || create == null || isImpossible
                ? null
                : new Remedy("CREATE_ALLOW", permission.word(), permission.danger());
    }

    ImageRules images() {
        return create == null ? ImageRules.ALL : create.images();
    }
}
