package org.socketproxy.policy.create;

import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.dockerapi.RequestTarget;

/**
 * The pod of Podman with the containers that a request starts or resumes.
 *
 * @param name id or name as in the target, with its escapes
 */
public record EnteredPod(String name) {
    /** After {@code libpod} and {@code pods}. */
    private static final int NAME_SEGMENT = 2;

    /** Returns the pod of a request, or null for other operations. */
    public static @Nullable EnteredPod of(Operation operation, RequestTarget target) {
        return OperationRules.is(operation, OperationRules.Trait.ENTERS_POD)
                ? new EnteredPod(target.segments().get(NAME_SEGMENT))
                : null;
    }

    /** Returns the target with the full id in place of the name, so that no other pod can take the name meanwhile. */
    public RequestTarget withId(RequestTarget target, String id) {
        return target.withSegment(NAME_SEGMENT, id);
    }
}
