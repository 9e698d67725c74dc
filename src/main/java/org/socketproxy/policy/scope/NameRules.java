package org.socketproxy.policy.scope;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.create.ImageName;

/** Judges names in the target of a request: a new name must make the object one of the profile, and of no other profile. */
public final class NameRules {
    /** Fault of a request with two names, or with the parameter in another case. */
    static final String UNCLEAR = "needs the parameter name once, in lower case";

    private static final String NOT_ONE = "needs exactly one name";
    private static final String NO_IMAGES = "is not possible: TARGETS selects no images";
    private static final String NEEDS_REFERENCE = "needs a name that an element images:reference: of TARGETS selects";
    private static final String NAMELESS = "; name the image, as docker build -t NAME does";
    private static final String NAME = "name";
    private static final String TAG = "tag";
    /** dockerode adds this parameter, and no daemon reads it. */
    private static final String IGNORED = "authconfig";

    private static final String REPO = "repo";
    private static final Pattern PLAIN_TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*");
    private static final Pattern FULL_ID = Pattern.compile("(?:sha256:)?[0-9a-f]{64}");

    private static final Pattern LIKE_ID = Pattern.compile("[0-9a-f]{12,64}");

    private NameRules() {}

    /** Returns true if a daemon could find the new object by the id of another one, because it looks for a name first. */
    static boolean isLikeId(ObjectKind kind, String name) {
        return kind == ObjectKind.SECRET && LIKE_ID.matcher(name).matches()
                || kind == ObjectKind.NETWORK && FULL_ID.matcher(name).matches();
    }

    /** Returns true for a name of a network that is denied if the id of another network begins with it. Testcontainers uses such names. */
    static boolean isLikePartOfId(ObjectKind kind, String name) {
        return kind == ObjectKind.NETWORK && LIKE_ID.matcher(name).matches() && !isLikeId(kind, name);
    }

    /** Returns why the names of a request are not allowed, or null. The sentence follows the operation. */
    public static @Nullable String fault(Scope scope, Operation operation, RequestTarget target) {
        return switch (operation.verb()) {
            case RENAME -> name(scope, ObjectKind.CONTAINER, target);
            case CREATE_SECRET -> {
                if (!operation.isLibpod()) {
                    yield null; // the body has the name
                }
                String fault = name(scope, ObjectKind.SECRET, target);
                yield fault != null ? fault : ForcedLabels.fault(scope, ObjectKind.SECRET, target);
            }
            case TAG -> operation.isLibpod() ? full(scope, target) : reference(scope, target);
            case PULL -> operation.isLibpod() ? pulledByPodman(scope, target) : pulled(scope, target);
            case UNTAG -> untagged(scope, target);
            case BUILD -> built(scope, target);
            case COMMIT -> committed(scope, operation, target);
            case PUSH -> operation.isLibpod() ? pushedByPodman(operation, target) : pushed(operation, target);
            case EXPORT_IMAGE -> operation.isLibpod() ? null : exported(operation, target);
            default -> null;
        };
    }

    /** Returns the names of images that a request gives or pulls. */
    public static List<String> images(Operation operation, RequestTarget target) {
        return switch (operation.verb()) {
            case TAG, COMMIT, UNTAG -> target.values(REPO);
            case PULL -> target.values(operation.isLibpod() ? LibpodPull.REFERENCE : "fromImage");
            case BUILD -> target.values("t");
            default -> List.of();
        };
    }

    private static @Nullable String pulledByPodman(Scope scope, RequestTarget target) {
        return LibpodPull.lookup(target) == null ? LibpodPull.fault(scope, target) : null;
    }

    private static @Nullable String name(Scope scope, ObjectKind kind, RequestTarget target) {
        ScopeSelector selector = scope.selector(kind);
        String name = parameter(target);
        if (name == null) {
            return UNCLEAR;
        }
        if (scope.isNameReserved(kind, name)) {
            return "needs a name that no other profile selects";
        }
        if (isLikeId(kind, name)) {
            return "needs a name that is not like an id";
        }
        return selector != null && selector.isName(name) ? null : "needs a name that TARGETS selects";
    }

    /** Returns the name that every query parser finds, without a leading slash; empty without one, null if they could differ. */
    static @Nullable String parameter(RequestTarget target) {
        try {
            String name = target.onlyParameter(NAME);
            return name == null ? "" : name.replaceFirst("^/", "");
        } catch (BadTargetException unclear) {
            return null;
        }
    }

    private static @Nullable String reference(Scope scope, RequestTarget target) {
        List<String> names = target.values(REPO);
        List<String> tags = target.values(TAG);
        if (names.size() != 1 || tags.size() > 1) {
            return NOT_ONE;
        }
        String tag = String.join("", tags);
        return scope.hasReference(names.get(0) + (tag.isEmpty() ? "" : ":" + tag)) ? null : NEEDS_REFERENCE;
    }

    /** Podman completes a short name in another way than the patterns. */
    private static @Nullable String full(Scope scope, RequestTarget target) {
        String name = String.join("", target.values(REPO));
        return ImageName.split(name).name().equals(name)
                ? reference(scope, target)
                : "needs a name with its registry, such as docker.io/library/nginx";
    }

    /** Without a name the daemon removes all names. */
    private static @Nullable String untagged(Scope scope, RequestTarget target) {
        ScopeSelector selector = scope.selector(ObjectKind.IMAGE);
        return selector != null && !selector.references().isLimited() ? null : full(scope, target);
    }

    /**
     * Returns why a build may not give these names to images, or null. The sentence follows the operation.
     *
     * @param names an empty one is an image without a name
     */
    public static @Nullable String builtFault(Scope scope, List<String> names) {
        ScopeSelector selector = scope.selector(ObjectKind.IMAGE);
        if (selector == null) {
            return names.isEmpty() ? null : NO_IMAGES;
        }
        boolean areOwn =
                names.stream().allMatch(name -> name.isEmpty() ? selector.isByLabelsOnly() : scope.hasReference(name));
        return areOwn ? null : NEEDS_REFERENCE + hint(names);
    }

    private static String hint(List<String> names) {
        return names.stream().allMatch(String::isEmpty) ? NAMELESS : "";
    }

    /** An image that is selected by labels only needs no name. Changes can contain labels of other profiles. */
    private static @Nullable String committed(Scope scope, Operation operation, RequestTarget target) {
        ScopeSelector selector = scope.selector(ObjectKind.IMAGE);
        if (selector == null) {
            return NO_IMAGES;
        }
        if (ObjectRefs.committed(target).isEmpty()) {
            return "needs exactly one container";
        }
        if (!operation.isLibpod() && isGiven(target, "changes")) { // those of Podman are the labels of the profile
            return "takes no changes, because they can set labels";
        }
        // Podman's client sends a tag without a name, which Podman ignores.
        boolean isNameless = !isGiven(target, REPO) && (operation.isLibpod() || !isGiven(target, TAG));
        if (isNameless && selector.isByLabelsOnly()) {
            return null;
        }
        return operation.isLibpod() ? full(scope, target) : reference(scope, target);
    }

    /**
     * An image that is selected by labels only needs no name. The containers and images of the steps have the labels that the
     * Dockerfile gives them, and no names.
     */
    private static @Nullable String built(Scope scope, RequestTarget target) {
        ScopeSelector selector = scope.selector(ObjectKind.IMAGE);
        List<String> names =
                target.values("t").stream().filter(name -> !name.isEmpty()).toList();
        if (selector == null) {
            return "is not possible: TARGETS selects no images";
        }
        if (scope.isAnyLabelReserved(ObjectKind.CONTAINER) || scope.isAnyLabelReserved(ObjectKind.IMAGE)) {
            return "runs steps in containers with the labels of the Dockerfile, by which another profile selects its objects:"
                    + " build with BuildKit (buildx), which needs no containers, or select these objects also by a name in the"
                    + " other profile";
        }
        if (!names.stream().allMatch(scope::hasReference) || names.isEmpty() && !selector.isByLabelsOnly()) {
            return NEEDS_REFERENCE + hint(names);
        }
        return ForcedLabels.fault(scope, ObjectKind.IMAGE, target);
    }

    private static boolean isGiven(RequestTarget target, String parameter) {
        return target.values(parameter).stream().anyMatch(value -> !value.isEmpty());
    }

    /** Without a tag the daemon pulls every tag. */
    private static @Nullable String pulled(Scope scope, RequestTarget target) {
        List<String> names = target.values("fromImage");
        List<String> tags = target.values(TAG);
        Set<String> given = target.parameters().keySet();
        if (names.size() != 1 || tags.size() > 1 || given.contains("fromSrc") || given.contains(REPO)) {
            return NOT_ONE;
        }
        String tag = String.join("", tags);
        String reference = names.get(0) + (tag.isEmpty() ? "" : (tag.contains(":") ? "@" : ":") + tag);
        return scope.hasReference(reference) && ImageMatch.isTagged(reference)
                ? null
                : "needs a name with its tag that an element images:reference: of TARGETS selects";
    }

    /** Without a tag the daemon pushes every tag. */
    private static @Nullable String pushed(Operation operation, RequestTarget target) {
        List<String> tags = target.values(TAG);
        boolean isOneTag = target.parameters().keySet().stream().allMatch(Set.of(TAG, IGNORED)::contains)
                && tags.size() == 1
                && PLAIN_TAG.matcher(tags.get(0)).matches()
                && ImageName.parse(name(operation, target))
                        .filter(ImageName::isNameOnly)
                        .isPresent();
        return isOneTag ? null : "needs a name without a tag, and the tag as the only parameter";
    }

    /** Podman can push an image under another name. */
    private static @Nullable String pushedByPodman(Operation operation, RequestTarget target) {
        String name = name(operation, target);
        boolean isOneName = ImageMatch.isFull(name)
                && ImageMatch.isTagged(name)
                && target.values("destination").stream().allMatch(each -> each.isEmpty() || each.equals(name));
        return isOneName ? null : "needs a name with its registry and tag, and no other destination";
    }

    /** Without a tag the daemon exports every tag of a name. */
    private static @Nullable String exported(Operation operation, RequestTarget target) {
        String name = name(operation, target);
        return ImageMatch.isTagged(name) || FULL_ID.matcher(name).matches()
                ? null
                : "needs one image: a name with its tag, or a full id";
    }

    private static String name(Operation operation, RequestTarget target) {
        ObjectRef named = ObjectRefs.named(operation, target);
        return named == null ? "" : named.name();
    }
}
