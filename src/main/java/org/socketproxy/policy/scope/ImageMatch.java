package org.socketproxy.policy.scope;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.socketproxy.policy.create.ImageName;

/** An image, and the name or id by which a request names it. */
public final class ImageMatch {
    private static final String ID_PREFIX = "sha256:";
    /** Podman looks here first for a short name. */
    private static final String LOCALHOST = "localhost/";

    private static final Pattern ID_PART = Pattern.compile("[0-9a-f]+");

    private final InspectedObject image;
    private final String name;
    private final boolean isShort;

    /**
     * Creates the image of a request.
     *
     * @param image the daemon's description
     * @param name name or id as in the request, without escapes
     * @param isShort whether the name can be a short one: Podman finds {@code app} as {@code localhost/app} too
     */
    public ImageMatch(InspectedObject image, String name, boolean isShort) {
        this.image = image;
        this.name = name;
        this.isShort = isShort;
    }

    /** Returns true if every image with this name belongs to the profile. */
    public static boolean isOwnByName(Scope scope, String name) {
        return scope.forcedLabels(ObjectKind.IMAGE).isEmpty() && scope.hasReference(name);
    }

    /** Returns true for a name with its registry. On both APIs Podman finds a short name under other registries too. */
    public static boolean isFull(String name) {
        return ImageName.parse(name)
                .filter(image -> name.startsWith(image.name()))
                .isPresent();
    }

    /** Returns true for a name with a tag or digest. */
    static boolean isTagged(String name) {
        return ImageName.parse(name).filter(image -> !image.isNameOnly()).isPresent();
    }

    /** Returns true if the image belongs to the profile: the profile selects the given name, or with an id a name of the image. */
    public boolean isOwn(Scope scope) {
        ScopeSelector selector = scope.selector(ObjectKind.IMAGE);
        if (selector == null || !hasLabels(selector)) {
            return false;
        }
        List<String> named = names();
        if (!named.isEmpty()) {
            return named.stream().allMatch(selector.references()::allows);
        }
        return isById()
                && (!selector.references().isLimited()
                        || image.names().stream().anyMatch(selector.references()::allows));
    }

    /**
     * Returns the name or id in the forwarded request. On the libpod API it is the full one: if the image were removed, Podman
     * would find another one by a short name. On the Docker API clients depend on the name.
     */
    public String resolved() {
        if (!isShort || isFull(name)) {
            return name;
        }
        Optional<ImageName> asked = ImageName.parse(name);
        List<String> named = asked.isEmpty() ? List.of() : matching(asked.get());
        String local = LOCALHOST + (asked.isEmpty() ? name : withTag(asked.get()));
        return named.contains(local)
                ? local
                : named.stream()
                        .filter(each -> isSame(asked.orElseThrow(), each))
                        .findFirst()
                        .or(() -> named.stream().findFirst())
                        .orElseGet(() -> image.id().substring(ID_PREFIX.length()));
    }

    private String withTag(ImageName asked) {
        return asked.isNameOnly() ? name + ":" + asked.effectiveTag() : name;
    }

    /** Returns true if the profile selects the image by each of its names, all of which the daemon removes with an id. */
    public boolean isRemovable(Scope scope) {
        ScopeSelector selector = scope.selector(ObjectKind.IMAGE);
        return selector != null
                && isOwn(scope)
                && (!names().isEmpty() || image.names().stream().allMatch(selector.references()::allows));
    }

    private boolean hasLabels(ScopeSelector selector) {
        return image.labels().entrySet().containsAll(selector.labels().entrySet());
    }

    /** Returns the names by which the daemon can have found the image; more than one for a short name. */
    private List<String> names() {
        Optional<ImageName> asked = ImageName.parse(name);
        if (asked.isEmpty()) {
            return List.of();
        }
        return matching(asked.get()).stream()
                .map(each -> isSame(asked.get(), each) ? name : each)
                .toList();
    }

    private List<String> matching(ImageName asked) {
        String suffix = "/" + withTag(asked);
        return image.names().stream()
                .filter(each -> isSame(asked, each) || isShort && each.endsWith(suffix))
                .toList();
    }

    /** The daemon looks up a digest without the tag beside it. */
    private static boolean isSame(ImageName asked, String text) {
        Optional<ImageName> existing = ImageName.parse(text);
        return existing.isPresent()
                && existing.get().name().equals(asked.name())
                && (asked.digest().isEmpty()
                        ? existing.get().digest().isEmpty()
                                && existing.get().tag().equals(asked.effectiveTag())
                        : existing.get().digest().equals(asked.digest()));
    }

    private boolean isById() {
        String part = name.startsWith(ID_PREFIX) ? name.substring(ID_PREFIX.length()) : name;
        return ID_PART.matcher(part).matches() && image.id().startsWith(ID_PREFIX + part);
    }
}
