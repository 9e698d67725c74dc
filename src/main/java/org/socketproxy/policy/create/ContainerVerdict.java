package org.socketproxy.policy.create;

import java.util.List;

/**
 * Judgement on an existing container.
 *
 * @param id the full id; empty if the daemon's description cannot be read
 * @param violations what the container has beyond the rules
 * @param volumes names of the volumes that it has; a client may enter it if they are allowed too
 */
public record ContainerVerdict(String id, List<Violation> violations, List<String> volumes) {
    public ContainerVerdict {
        violations = List.copyOf(violations);
        volumes = List.copyOf(volumes);
    }

    /** Returns the violations as those of a container. */
    static List<Violation> about(List<Violation> violations) {
        return violations.stream()
                .map(violation -> violation.about("the container's "))
                .toList();
    }
}
