package org.socketproxy.policy.target;

import java.util.Map;
import java.util.Set;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;

/** Parameters of the libpod API that name or show another object than the one in the path. */
final class LibpodParameters {
    private static final Map<String, Set<String>> DENIED =
            Map.of("ContainerChangesLibpod", Set.of("parent", "difftype"));

    private LibpodParameters() {}

    /** @throws UnconfinableException if a request has such a parameter */
    static void check(Operation operation, RequestTarget target) throws UnconfinableException {
        for (String name : DENIED.getOrDefault(operation.id(), Set.of())) {
            if (target.parameters().containsKey(name)) {
                throw new UnconfinableException("the parameter " + name + " can name objects of others");
            }
        }
    }
}
