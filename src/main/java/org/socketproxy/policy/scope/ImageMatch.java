package org.socketproxy.policy.scope;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.socketproxy.policy.create.ImageName;

/** Decides whether a profile may use an image under the name, or the id, that a request gives. */
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
     */
    public ImageMatch(InspectedObject image, String name) {
        this(image, name, false);
    }

    /**
     * Creates the image of a request of the libpod API, on which Podman finds {@code app} as {@code localhost/app} too.
     *
     * @param isShort whether the name can be a short one
     */
    public ImageMatch(InspectedObject image, String name, boolean isShort) {
        this.image = image;
        this.name = name;
        this.isShort = isShort;
    }

    /** Returns true if the name alone decides that every image with it belongs to the profile. */
    public static boolean isOwnByName(Scope rules, String name) {
        ScopeSelector selector = rules.selector(ObjectKind.IMAGE);
        return selector != null
                && selector.labels().isEmpty()
                && selector.references().isLimited()
                && selector.references().allows(name);
    }

    /** Returns true for a name with its registry. Podman finds a short name under other registries too, also on the Docker API. */
    public static boolean isFull(String name) {
        return ImageName.parse(name)
                .filter(image -> name.startsWith(image.name()))
                .isPresent();
    }

    /**
     * Returns true if the image belongs to the profile. A name must be one that the profile selects; the image of an id must have
     * such a name.
     */
    public boolean isOwn(Scope rules) {
        ScopeSelector selector = rules.selector(ObjectKind.IMAGE);
        if (selector == null || !hasLabels(selector)) {
            return false;
        }
        List<String> named = names();
        if (!named.isEmpty()) {
            return !selector.references().isLimited() || named.stream().allMatch(selector.references()::allows);
        }
        return isById()
                && (!selector.references().isLimited()
                        || image.names().stream().anyMatch(selector.references()::allows));
    }

    /**
     * Returns the name or id of an own image with which a request goes on. For the libpod API it is the full one, because without the
     * image Podman would find one of others by a short name. On the Docker API clients depend on the name.
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
    public boolean isRemovable(Scope rules) {
        ScopeSelector selector = rules.selector(ObjectKind.IMAGE);
        return selector != null
                && isOwn(rules)
                && (!names().isEmpty()
                        || !selector.references().isLimited()
                        || image.names().stream().allMatch(selector.references()::allows));
    }

    private boolean hasLabels(ScopeSelector selector) {
        return image.labels().entrySet().containsAll(selector.labels().entrySet());
    }

    /** Returns the names of the image by which the daemon can have found it; more than one for a short name. */
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
