package org.socketproxy.policy.create;

import java.util.List;

/**
 * Judgement on an existing container.
 *
 * @param id the full id; empty if the daemon's description cannot be read
 * @param violations what the container has beyond the rules; empty if a client may enter it
 */
public record ContainerVerdict(String id, List<Violation> violations) {
    public ContainerVerdict {
        violations = List.copyOf(violations);
    }
}
