package org.socketproxy.policy.create;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The images that containers may have: {@code CREATE_IMAGES}. In a pattern, {@code *} stands for a part of a name without
 * a slash, and {@code **} for any part; a pattern without a tag and a digest allows every tag and digest.
 */
public final class ImageRules {
    public static final ImageRules ALL = new ImageRules(List.of());

    private static final int MOST_SHOWN = 5;

    private final List<String> texts;
    private final List<Allowed> allowed;
    private final SignedImages signed;

    /** Without a tag and a digest, every tag and digest is allowed. */
    private record Allowed(Glob name, Glob registry, Optional<Glob> tag, Optional<Glob> digest) {}

    /** @param texts the patterns; every image is allowed without one */
    public ImageRules(List<String> texts) {
        this(texts, SignedImages.NONE);
    }

    /** @param signed images that need a signature, too */
    public ImageRules(List<String> texts, SignedImages signed) {
        this.signed = signed;
        this.texts = List.copyOf(texts);
        this.allowed = texts.stream().map(ImageRules::allowed).toList();
    }

    private static Allowed allowed(String text) {
        ImageName name = ImageName.split(text);
        return new Allowed(
                new Glob(name.name()), new Glob(registry(name.name())), glob(name.tag()), glob(name.digest()));
    }

    /** Returns the part of a pattern that stands for the registry; a double wildcard also stands for what follows. */
    private static String registry(String pattern) {
        int slash = pattern.indexOf('/');
        String first = slash < 0 ? pattern : pattern.substring(0, slash);
        int any = first.indexOf("**");
        return any < 0 ? first : first.substring(0, any) + "**";
    }

    private static Optional<Glob> glob(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(new Glob(text));
    }

    /** Returns true if not every image is allowed. */
    public boolean isLimited() {
        return !allowed.isEmpty();
    }

    /** Returns the images that need a signature. */
    public SignedImages signed() {
        return signed;
    }

    public List<String> texts() {
        return texts;
    }

    /** Returns the first patterns, such as {@code nginx, registry.local/** and 3 more}. */
    String inWords() {
        int shown = Math.min(MOST_SHOWN, texts.size());
        return String.join(", ", texts.subList(0, shown))
                + (texts.size() > shown ? " and " + (texts.size() - shown) + " more" : "");
    }

    /** Returns true for a reference of an allowed image, such as {@code nginx:1}; false for an id. */
    public boolean allows(String reference) {
        Optional<ImageName> image = ImageName.parse(reference);
        return !isLimited()
                || image.isPresent() && allowed.stream().anyMatch(pattern -> isAllowed(pattern, image.get()));
    }

    /** Returns true for the host of a registry that an allowed image can have. */
    public boolean allowsRegistry(String host) {
        return !isLimited()
                || allowed.stream().anyMatch(pattern -> pattern.registry().matches(host));
    }

    private static boolean isAllowed(Allowed pattern, ImageName image) {
        String tag = image.tag().isEmpty() ? "latest" : image.tag();
        if (!pattern.name().matches(image.name())) {
            return false;
        }
        if (pattern.digest().isPresent()) {
            return pattern.digest().get().matches(image.digest());
        }
        return pattern.tag().isEmpty()
                || image.digest().isEmpty() && pattern.tag().get().matches(tag);
    }

    /** Returns why a client may not give this name to an image, as the end of a sentence; null for an allowed or empty name. */
    public @Nullable String newNameProblem(String reference) {
        return isLimited() && !reference.isEmpty() && mayTrust(reference)
                ? "names an image that CREATE_IMAGES trusts, and the image could have any content"
                : null;
    }

    /** Returns true if the reference is not valid, or its name is the name of an allowed image. */
    private boolean mayTrust(String reference) {
        Optional<ImageName> image = ImageName.parse(reference);
        return image.isEmpty()
                || allowed.stream()
                        .anyMatch(pattern -> pattern.name().matches(image.get().name()));
    }
}
