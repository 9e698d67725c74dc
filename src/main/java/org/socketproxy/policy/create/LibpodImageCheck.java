package org.socketproxy.policy.create;

import java.util.regex.Pattern;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonString;

/**
 * Judges an image in a request of Podman's own API. Podman looks for a name without a registry in several registries and among
 * all local images, and gives a new name without one to {@code localhost}; so {@code CREATE_IMAGES} needs the registry there.
 */
final class LibpodImageCheck implements FieldRule {
    private static final String TRANSPORT = "docker://";
    /** Podman reads such a name as a file or folder of the host, or as an image of another daemon. */
    private static final Pattern OTHER_TRANSPORT =
            Pattern.compile("(?:containers-storage|dir|docker-archive|docker-daemon"
                    + "|oci|oci-archive|sif|tarball|ostree|atomic|openshift):.*");

    private static final Pattern ID = Pattern.compile("(?:sha256:)?[0-9a-f]{4,64}");

    @Override
    public void check(BodyValidation judgement, JsonValue value, FieldPath path) {
        check(judgement, ((JsonString) value).text(), path);
    }

    /** Reports an image that may not run, and text that is neither a name nor an id. An empty reference passes. */
    static void check(BodyValidation judgement, String reference, FieldPath path) {
        String name = reference.startsWith(TRANSPORT) ? reference.substring(TRANSPORT.length()) : reference;
        if (name.isEmpty()) {
            return;
        }
        boolean isName = ImageName.parse(name).isPresent();
        if (OTHER_TRANSPORT.matcher(name).matches()) {
            judgement.deny(path, "begins with a transport, which can be a file of the host");
        } else if (!isName && !ID.matcher(name).matches()) {
            judgement.deny(path, "is not the name or id of an image");
        } else if (isName && isShort(judgement, name, path)) {
            return;
        } else {
            judgement.rules().images().check(judgement, name, path);
        }
    }

    /** Reports a name that a client may not give to an image. */
    static void checkNewName(BodyValidation judgement, String name, FieldPath path) {
        if (!isShort(judgement, name, path)) {
            judgement.rules().images().checkNewName(judgement, name, path);
        }
    }

    private static boolean isShort(BodyValidation judgement, String name, FieldPath path) {
        boolean isShort = judgement.rules().images().isLimited() && !name.isEmpty() && !ImageName.hasRegistry(name);
        if (isShort) {
            judgement.deny(path, "has no registry, and CREATE_IMAGES needs one in requests of Podman's own API");
        }
        return isShort;
    }
}
