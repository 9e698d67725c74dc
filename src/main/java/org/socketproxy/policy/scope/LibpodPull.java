package org.socketproxy.policy.scope;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.scope.ScopeRule.Subject;

/**
 * A pull of Podman's own API. Podman's client sends one before each new container, with a policy: {@code missing} and
 * {@code never} look for an existing image first. For an image of the profile the proxy forwards {@code never}, so that the pull
 * changes no image.
 */
public final class LibpodPull {
    static final String REFERENCE = "reference";
    private static final String POLICY = "policy";
    private static final String NEVER = "never";
    private static final Set<String> LOOKING = Set.of("missing", NEVER);

    private LibpodPull() {}

    /** Returns the existing image that a request looks for, or null if it looks for none. */
    static @Nullable String lookup(RequestTarget target) {
        String image = only(target, REFERENCE);
        boolean isLookup = LOOKING.contains(only(target, POLICY))
                && ObjectRef.ofBody(Subject.IMAGE, image, true).isPlain();
        return isLookup ? image : null;
    }

    /**
     * Returns the target that takes an existing image.
     *
     * @param image its full name or id
     */
    public static RequestTarget ofExisting(RequestTarget target, String image) {
        return target.withOnlyParameter(REFERENCE, image).withOnlyParameter(POLICY, NEVER);
    }

    /** Returns the target that pulls the image, also if another profile has an image with the name. */
    public static RequestTarget ofRegistry(RequestTarget target) {
        return target.withOnlyParameter(REFERENCE, only(target, REFERENCE)).withOnlyParameter(POLICY, "always");
    }

    /** Returns true if the request pulls nothing. */
    public static boolean isNever(RequestTarget target) {
        return only(target, POLICY).equals(NEVER);
    }

    /** Returns why the client may not pull the image, or null. The sentence follows the operation. */
    public static @Nullable String fault(Scope scope, RequestTarget target) {
        String reference = only(target, REFERENCE);
        return scope.hasReference(reference) && ImageMatch.isFull(reference) && ImageMatch.isTagged(reference)
                ? null
                : "needs a name with its registry and tag that an element images:reference: of TARGETS selects";
    }

    /** Returns the only value of a parameter, or an empty text. */
    private static String only(RequestTarget target, String name) {
        List<String> values = target.values(name);
        return values.size() == 1 ? values.get(0) : "";
    }
}
