package org.socketproxy.policy.create;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.socketproxy.policy.value.ProfileValues.ProfileKey;

/**
 * Images that need a signature of Cosign, and the public keys: {@code CREATE_SIGNED}. An image that several patterns match needs a
 * signature of one of their keys.
 *
 * <p>Security: a pattern names its registry, so that clients cannot choose a host to which the proxy connects.
 */
public record SignedImages(List<Signed> rules) {
    public static final SignedImages NONE = new SignedImages(List.of());

    public static final ProfileKey<SignedImages> KEY =
            new ProfileKey<>(NONE, SignedImages::text, SignedImages::effect, SignedImages::isWithin);

    public static final String ADVICE =
            "use PATTERN=/FILE, separated by commas, such as registry.example.com/**=/run/keys/cosign.pub: the pattern begins"
                    + " with its registry and has no tag, and the file has a public key";

    private static final int MOST = 64;
    private static final Pattern ELEMENT = Pattern.compile(
            "((?:localhost|[a-z0-9-]{1,63}(?:\\.[a-z0-9-]{1,63}){1,10}|\\[[0-9a-f:]{2,39}])(?::[0-9]{1,5})?"
                    + "/[a-z0-9*._/-]{1,255})=(/[a-zA-Z0-9._/@+-]{1,1024})");

    public SignedImages {
        rules = List.copyOf(rules);
    }

    /**
     * Images and their key.
     *
     * @param pattern for the full name, with {@code *} and {@code **}
     * @param key absolute path of a PEM file
     */
    public record Signed(String pattern, String key) {
        private boolean matches(String name) {
            return new Glob(ImageName.split(pattern).name()).matches(name);
        }
    }

    /** Reads {@code registry.example.com/**=/run/keys/cosign.pub}; returns empty for another text. */
    public static Optional<SignedImages> parse(String text) {
        List<Signed> rules = new ArrayList<>();
        for (String element : text.isEmpty() ? new String[0] : text.split(",", -1)) {
            Matcher pair = ELEMENT.matcher(element.strip());
            if (!pair.matches() || rules.size() == MOST) {
                return Optional.empty();
            }
            rules.add(
                    new Signed(pair.group(1), Path.of(pair.group(2)).normalize().toString()));
        }
        return Optional.of(new SignedImages(rules));
    }

    public boolean isEmpty() {
        return rules.isEmpty();
    }

    /** Returns true if an image with this reference needs a signature. */
    public boolean concerns(String reference) {
        return ImageName.parse(reference).filter(name -> !keys(name).isEmpty()).isPresent();
    }

    /** Returns the files with the keys of which one must have signed an image; empty for an image that needs no signature. */
    public List<Path> keys(ImageName image) {
        return rules.stream()
                .filter(rule -> rule.matches(image.name()))
                .map(rule -> Path.of(rule.key))
                .distinct()
                .toList();
    }

    private String text() {
        return rules.stream().map(rule -> rule.pattern + "=" + rule.key).collect(Collectors.joining(","));
    }

    private String effect() {
        return "these images need a signature: "
                + rules.stream().map(Signed::pattern).distinct().collect(Collectors.joining(", ")) + " (CREATE_SIGNED)";
    }

    /** One more key of a pattern can allow more images. */
    private boolean isWithin(SignedImages other) {
        return other.isEmpty() || equals(other);
    }
}
