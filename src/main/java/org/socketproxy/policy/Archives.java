package org.socketproxy.policy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;
import org.socketproxy.archive.ArchiveException;
import org.socketproxy.archive.ArchiveJudge;
import org.socketproxy.archive.ArchiveRules;
import org.socketproxy.archive.EntryJudge;
import org.socketproxy.archive.ImageFiles;
import org.socketproxy.archive.ImageRule;
import org.socketproxy.archive.OrdinaryFiles;
import org.socketproxy.archive.WindowMemory;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.dockerapi.OperationRules.Trait;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonString;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.create.CreatePermission;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.Requirements.Requirement;

/**
 * Decides which request bodies are archives that are judged, and by which rules: those of a profile with {@code CREATE=safe} or
 * {@code TARGETS}, and on Podman those that it unpacks on the host.
 */
public final class Archives {
    /** Files that runtimes open to find the user of a container. */
    private static final Set<String> ACCOUNTS = Set.of("passwd", "group");

    private static final Set<String> BUILD_FILES = Set.of("Dockerfile", "dockerfile", "Containerfile");
    private static final Set<String> IGNORE_FILES = Set.of(".dockerignore", ".containerignore");
    private static final String BODY = "-";
    private static final String VOLUME = "volume@path";

    private Archives() {}

    /** Returns true if the bodies of an operation are archives that the profile may have to judge. */
    public static boolean concerns(Profile profile, Operation operation) {
        return isLimited(profile) && operation.is(Trait.UNPACKS) || isUnpackedOnHost(operation);
    }

    /** Returns true if Podman unpacks the body outside of a container and of the storage of images. */
    private static boolean isUnpackedOnHost(Operation operation) {
        return operation.is(Trait.UNPACKS_CONTEXT)
                || operation.is(Trait.UNPACKS_PODS)
                || operation.is(Trait.UNPACKS_IMAGES);
    }

    private static boolean isLimited(Profile profile) {
        return profile.create() != null || profile.targets() != null;
    }

    /** Returns true if only the kind of the daemon decides whether the body is judged. */
    public static boolean dependsOnDaemon(Profile profile, Operation operation) {
        return !isLimited(profile) && !operation.isLibpod();
    }

    /**
     * Returns true if the body of a request is an archive: an image can also be fetched, and a pod can be described in YAML.
     *
     * @param contentTypes values of the header Content-Type
     */
    public static boolean isArchive(Operation operation, RequestTarget target, List<String> contentTypes) {
        if (operation.verb() == Verb.PULL) {
            return target.values("fromsrc").contains(BODY);
        }
        return !operation.is(Trait.UNPACKS_PODS)
                || contentTypes.stream()
                        .anyMatch(type -> type.toLowerCase(Locale.ROOT).contains("tar"));
    }

    /**
     * Returns the judge of one body.
     *
     * @param images judges the images of an archive, if {@link #hasJudgedImages} returns true
     * @param memory reserves bytes until the end of the exchange, or returns false
     * @param release gives reserved bytes back
     * @param windows memory for decoders
     * @throws ArchiveException if the request names files that cannot be judged
     */
    public static ArchiveJudge judge(
            Profile profile,
            Operation operation,
            RequestTarget target,
            ImageRule images,
            IntPredicate memory,
            IntConsumer release,
            WindowMemory windows)
            throws ArchiveException {
        boolean isLimited = isLimited(profile);
        if (hasJudgedImages(profile, operation)) {
            return new ArchiveJudge(
                    ArchiveRules.STRICT.allowingPrivileges(true),
                    new ImageFiles(images, memory, release, windows),
                    memory,
                    windows);
        }
        CreateRules create = profile.create();
        boolean isDeviceAllowed =
                !isLimited || create != null && create.grantsAny(Set.of(CreatePermission.ARCHIVE_DEVICES.word()));
        boolean isPrivilegeAllowed = create == null || !isFillingContainer(operation) || !isPrivilegeRestricted(create);
        ArchiveRules rules =
                ArchiveRules.STRICT.allowingDevices(isDeviceAllowed).allowingPrivileges(isPrivilegeAllowed);
        return new ArchiveJudge(rules, opened(operation, target, isLimited && isDeviceAllowed), memory, windows);
    }

    /** Returns true if the body is an archive of images, and the profile judges the files in it. */
    public static boolean hasJudgedImages(Profile profile, Operation operation) {
        return isLimited(profile) && operation.is(Trait.UNPACKS_IMAGES);
    }

    /** Returns true if a request makes the daemon fetch the context of a build. */
    public static boolean isFetched(Operation operation, RequestTarget target) {
        return operation.is(Trait.UNPACKS_CONTEXT)
                && target.values("remote").stream().anyMatch(value -> !value.isEmpty());
    }

    /** Returns true if the files come into a container, or into a volume, which a container can mount. */
    private static boolean isFillingContainer(Operation operation) {
        return operation.is(Trait.ENTERS) || isFillingVolume(operation);
    }

    /** Returns true if the daemon unpacks the body into the volume of the path. */
    public static boolean isFillingVolume(Operation operation) {
        OperationRules rules = operation.rules();
        return rules.traits().contains(Trait.UNPACKS) && rules.self().contains(VOLUME);
    }

    /** Returns true if no program in a container may get more rights than its user. */
    private static boolean isPrivilegeRestricted(CreateRules create) {
        return create.requirements().has(Requirement.NON_ROOT)
                || create.requirements().has(Requirement.NO_NEW_PRIVILEGES);
    }

    /** Returns the judge of the files that the daemon opens after it has unpacked the archive. */
    private static EntryJudge opened(Operation operation, RequestTarget target, boolean isDeviceAllowed)
            throws ArchiveException {
        Set<String> accounts = isDeviceAllowed ? ACCOUNTS : Set.of();
        if (operation.is(Trait.UNPACKS_PODS)) {
            return new OrdinaryFiles(Set.of("play.yaml"), BUILD_FILES);
        }
        return operation.is(Trait.UNPACKS_CONTEXT)
                ? new OrdinaryFiles(buildFiles(target), accounts)
                : new OrdinaryFiles(Set.of(), accounts);
    }

    /** Returns the clean names of the files of a build context that the daemon reads itself. */
    private static Set<String> buildFiles(RequestTarget target) throws ArchiveException {
        Set<String> names = new HashSet<>(IGNORE_FILES);
        List<String> named = dockerfiles(target);
        for (String value : named.isEmpty() ? BUILD_FILES : named) {
            String bytes = new String(value.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
            String name = OrdinaryFiles.clean(bytes);
            names.add(name);
            names.add(name + ".dockerignore");
        }
        return names;
    }

    /** Returns the values of the parameter; Podman also reads a list in JSON. */
    private static List<String> dockerfiles(RequestTarget target) {
        List<String> values = new ArrayList<>();
        for (String value : target.values("dockerfile")) {
            if (!value.isEmpty()) {
                values.add(value);
            }
            if (StrictJson.readOrNull(StandardCharsets.UTF_8.encode(value)) instanceof JsonArray list) {
                list.elements().stream()
                        .filter(JsonString.class::isInstance)
                        .forEach(each -> values.add(((JsonString) each).text()));
            }
        }
        return values;
    }

    /** Returns the sentence for the client. */
    public static String sentence(Profile profile, Operation operation, ArchiveException refused) {
        String request = operation.id() + " (" + operation.signature() + ")";
        if (refused.isOfMemory()) {
            return request + " cannot be judged now: the archive " + refused.getMessage();
        }
        CreatePermission devices = CreatePermission.ARCHIVE_DEVICES;
        String remedy = refused.isOfDevice() && profile.create() != null
                ? " (CREATE_ALLOW=" + devices.word() + " would; " + devices.danger() + ")"
                : "";
        String rule = isLimited(profile)
                ? profile.create() == null ? "which TARGETS does not allow" : "which CREATE=safe does not allow"
                : "which this proxy does not allow";
        return request + " is not allowed: the archive " + refused.getMessage() + "; " + rule + remedy;
    }
}
