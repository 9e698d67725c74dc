package org.socketproxy.policy.create;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.socketproxy.policy.create.Requirements.Requirement;
import org.socketproxy.policy.create.Violation.Kind;
import org.socketproxy.policy.create.Violation.Remedy;

/**
 * Checks of images by {@code CREATE_IMAGES} and the requirement {@code digest}. An empty reference passes: {@link RequirementChecks} reports it.
 *
 * <p>Podman looks for a name without a registry in several registries and among all local images, and gives a new name without one to
 * {@code localhost}; so {@code CREATE_IMAGES} needs the registry in requests of Podman's own API.
 */
final class ImageChecks {
    private static final Set<String> NO = Set.of("false", "0");
    private static final String TRANSPORT = "docker://";

    /** Podman reads such a name as a file or folder of the host, or as an image of another daemon. */
    private static final Pattern OTHER_TRANSPORT =
            Pattern.compile("(?:containers-storage|dir|docker-archive|docker-daemon"
                    + "|oci|oci-archive|sif|tarball|ostree|atomic|openshift):.*");

    private static final Pattern ID = Pattern.compile("(?:sha256:)?[0-9a-f]{4,64}");

    private ImageChecks() {}

    static void image(BodyValue value) {
        image(value, value.text());
    }

    /** Reports an image that may not run. */
    static void image(BodyValue value, String reference) {
        ImageRules rules = value.rules().images();
        if (value.rules().requirements().has(Requirement.DIGEST)
                && !reference.isEmpty()
                && !isPinned(reference)
                && !isResolvable(value, reference)) {
            value.report(
                    Kind.REQUIRED,
                    value.dotted()
                            + " must be an image with a digest, such as nginx@sha256:0123…, because CREATE_REQUIRE"
                            + " has digest");
            return;
        }
        if (rules.signed().concerns(reference) && !NamedImage.isPlace(value.dotted())) {
            value.report(
                    Kind.REQUIRED,
                    value.dotted() + " is " + reference
                            + ", which needs a signature (CREATE_SIGNED), and the proxy checks"
                            + " signatures only in pulls, containers and services of Docker's API");
            return;
        }
        if (!rules.isLimited() || reference.isEmpty() || rules.allows(reference)) {
            return;
        }
        Optional<ImageName> image = ImageName.parse(reference);
        if (image.isEmpty()) {
            value.deny("is not the name of an image, or may be an id: CREATE_IMAGES needs a name with a tag");
            return;
        }
        String name = image.get().name();
        String tag = image.get().tag();
        value.report(
                Kind.FIELD,
                value.dotted() + " is the image " + name + (tag.isEmpty() ? "" : ":" + tag)
                        + " with a name or tag that is not in CREATE_IMAGES (" + rules.inWords() + ")",
                new Remedy("CREATE_IMAGES", name, "containers run any version of this image"));
    }

    private static boolean isPinned(String reference) {
        return ImageName.parse(reference)
                .filter(image -> NamedImage.isDigest(image.digest()))
                .isPresent();
    }

    /** Returns true for a name without a digest in a place where a step writes one. */
    private static boolean isResolvable(BodyValue value, String reference) {
        return NamedImage.isPlace(value.dotted())
                && ImageName.parse(reference)
                        .filter(image -> image.digest().isEmpty())
                        .isPresent();
    }

    /** Reports a name that a client may not give to an image, because other containers run the image of this name. */
    static void newName(BodyValue value) {
        String problem = value.rules().images().newNameProblem(value.text());
        if (problem != null) {
            value.deny(problem);
        }
    }

    /** Reports a flag that lets the daemon take images without a name. */
    static void anyImage(BodyValue value) {
        if (value.rules().images().isLimited() && !NO.contains(value.text())) {
            value.deny("is set, and CREATE_IMAGES needs a name with a tag");
        }
    }

    /** Reports an image that may not run, and text that is neither a name nor an id. */
    static void libpodImage(BodyValue value) {
        String reference = value.text();
        String name = reference.startsWith(TRANSPORT) ? reference.substring(TRANSPORT.length()) : reference;
        if (name.isEmpty()) {
            return;
        }
        boolean isName = ImageName.parse(name).isPresent();
        if (OTHER_TRANSPORT.matcher(name).matches()) {
            value.deny("begins with a transport, which can be a file of the host");
        } else if (!isName && !ID.matcher(name).matches()) {
            value.deny("is not the name or id of an image");
        } else if (!isName || !isShort(value, name)) {
            image(value, name);
        }
    }

    /** Reports a name that a client may not give to an image. */
    static void libpodNewName(BodyValue value) {
        if (!isShort(value, value.text())) {
            newName(value);
        }
    }

    private static boolean isShort(BodyValue value, String name) {
        boolean isShort = value.rules().images().isLimited() && !name.isEmpty() && !ImageName.hasRegistry(name);
        if (isShort) {
            value.deny("has no registry, and CREATE_IMAGES needs one in requests of Podman's own API");
        }
        return isShort;
    }
}
