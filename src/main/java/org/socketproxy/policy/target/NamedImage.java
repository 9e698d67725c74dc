package org.socketproxy.policy.target;

import java.util.Optional;
import java.util.regex.Pattern;
import org.socketproxy.policy.create.ImageName;

/** Decides whether a profile may use an image under the name, or the id, that a request gives. */
public final class NamedImage {
    private static final String ID_PREFIX = "sha256:";
    private static final Pattern ID_PART = Pattern.compile("[0-9a-f]+");

    private final InspectedObject image;
    private final String name;

    /**
     * Creates the image of a request.
     *
     * @param image the daemon's description
     * @param name name or id as in the request, without escapes
     */
    public NamedImage(InspectedObject image, String name) {
        this.image = image;
        this.name = name;
    }

    /** Returns true if the name alone decides that every image with it belongs to the profile. */
    public static boolean isOwnByName(TargetRules rules, String name) {
        TargetSelector selector = rules.selector(ObjectKind.IMAGE);
        return selector != null
                && selector.labels().isEmpty()
                && selector.references().isLimited()
                && selector.references().allows(name);
    }

    /**
     * Returns true if the image belongs to the profile. A name must be one that the profile selects; the image of an id must have
     * such a name.
     */
    public boolean isOwn(TargetRules rules) {
        TargetSelector selector = rules.selector(ObjectKind.IMAGE);
        if (selector == null || !hasLabels(selector)) {
            return false;
        }
        if (isByName()) {
            return !selector.references().isLimited() || selector.references().allows(name);
        }
        return isById()
                && (!selector.references().isLimited()
                        || image.names().stream().anyMatch(selector.references()::allows));
    }

    /** Returns true if the profile selects the image by each of its names, all of which the daemon removes with an id. */
    public boolean isRemovable(TargetRules rules) {
        TargetSelector selector = rules.selector(ObjectKind.IMAGE);
        return selector != null
                && isOwn(rules)
                && (isByName()
                        || !selector.references().isLimited()
                        || image.names().stream().allMatch(selector.references()::allows));
    }

    private boolean hasLabels(TargetSelector selector) {
        return image.labels().entrySet().containsAll(selector.labels().entrySet());
    }

    private boolean isByName() {
        Optional<ImageName> asked = ImageName.parse(name);
        return asked.isPresent() && image.names().stream().anyMatch(each -> isSame(asked.get(), each));
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
