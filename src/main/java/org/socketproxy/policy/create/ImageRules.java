package org.socketproxy.policy.create;

import java.util.List;
import java.util.Optional;
import org.socketproxy.policy.create.Violation.Kind;
import org.socketproxy.policy.create.Violation.Remedy;

/**
 * The images that containers may have: {@code CREATE_IMAGES}. In a pattern, {@code *} stands for a part of a name without
 * a slash, and {@code **} for any part; a pattern without a tag allows every tag and digest.
 *
 * <p>Threading: immutable.
 */
public final class ImageRules {
    /** Every image. */
    public static final ImageRules ALL = new ImageRules(List.of());

    private final List<String> texts;
    private final List<Allowed> allowed;

    /** @param tag null for every tag and digest */
    private record Allowed(Glob name, Optional<Glob> tag) {}

    /** @param texts the patterns; every image is allowed without one */
    public ImageRules(List<String> texts) {
        this.texts = List.copyOf(texts);
        this.allowed = texts.stream().map(ImageRules::allowed).toList();
    }

    private static Allowed allowed(String text) {
        ImageName name = ImageName.split(text);
        return new Allowed(
                new Glob(name.name()), name.tag().isEmpty() ? Optional.empty() : Optional.of(new Glob(name.tag())));
    }

    /** Returns true if not every image is allowed. */
    public boolean isLimited() {
        return !allowed.isEmpty();
    }

    /** Returns the patterns. */
    public List<String> texts() {
        return texts;
    }

    /** Reports an image that may not run. An empty reference passes: {@link RequirementCheck} reports it. */
    void check(BodyValidation judgement, String reference, FieldPath path) {
        if (!isLimited() || reference.isEmpty()) {
            return;
        }
        Optional<ImageName> image = ImageName.parse(reference);
        if (image.isEmpty()) {
            judgement.deny(path, "is not the name of an image, or may be an id: CREATE_IMAGES needs a name with a tag");
        } else if (allowed.stream().noneMatch(pattern -> isAllowed(pattern, image.get()))) {
            String name = image.get().name();
            String what = "containers run any version of this image";
            judgement.report(
                    Kind.FIELD,
                    path,
                    path.dotted() + " is the image " + name + " with a name or tag that is not in CREATE_IMAGES",
                    new Remedy("CREATE_IMAGES", name, what));
        }
    }

    /** Returns true if the reference, such as {@code nginx:1}, is one of an allowed image. An id is none. */
    public boolean allows(String reference) {
        Optional<ImageName> image = ImageName.parse(reference);
        return !isLimited()
                || image.isPresent() && allowed.stream().anyMatch(pattern -> isAllowed(pattern, image.get()));
    }

    private static boolean isAllowed(Allowed pattern, ImageName image) {
        String tag = image.tag().isEmpty() ? "latest" : image.tag();
        return pattern.name().matches(image.name())
                && (pattern.tag().isEmpty()
                        || image.digest().isEmpty() && pattern.tag().get().matches(tag));
    }

    /** Reports a name that a client may not give to an image, because other containers run the image of this name. */
    void checkNewName(BodyValidation judgement, String reference, FieldPath path) {
        if (!isLimited() || reference.isEmpty()) {
            return;
        }
        Optional<ImageName> image = ImageName.parse(reference);
        if (image.isEmpty()
                || allowed.stream()
                        .anyMatch(pattern -> pattern.name().matches(image.get().name()))) {
            judgement.deny(path, "names an image that CREATE_IMAGES trusts, and the image could have any content");
        }
    }
}
