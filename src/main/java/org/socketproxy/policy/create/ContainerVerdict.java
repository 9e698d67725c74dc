package org.socketproxy.policy.create;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Judgement on an existing container.
 *
 * @param id the full id; empty if the daemon's description cannot be read
 * @param violations what the container has beyond the rules
 * @param volumes names of the volumes that it has; a client may enter it if they are allowed too
 * @param claims what the container may have if it is one of a pod; null if it has none of this, or no violations
 * @param besideClaims violations that do not come from the claims
 */
public record ContainerVerdict(
        String id,
        List<Violation> violations,
        List<String> volumes,
        @Nullable PodClaims claims,
        List<Violation> besideClaims) {
    public ContainerVerdict {
        violations = List.copyOf(violations);
        volumes = List.copyOf(volumes);
        besideClaims = List.copyOf(besideClaims);
    }

    /** Creates a judgement that does not depend on a pod. */
    ContainerVerdict(String id, List<Violation> violations, List<String> volumes) {
        this(id, violations, volumes, null, List.of());
    }

    /** Returns true if violations could come from the pod of the container. */
    public boolean isPossiblyOfPod() {
        return claims != null;
    }

    /** Returns the violations as those of a container. */
    static List<Violation> about(List<Violation> violations) {
        return Violation.about("the container's ", violations);
    }
}
