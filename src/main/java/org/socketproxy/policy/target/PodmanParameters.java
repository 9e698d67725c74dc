package org.socketproxy.policy.target;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;

/**
 * Parameters of Podman that reach another object than the one in the path: {@code depend} removes the containers that depend on a
 * container, {@code force} those that use an image, a network or a volume. Podman does so on Docker's paths of images and networks
 * too. dockerd keeps the containers, but the proxy does not know which daemon answers.
 */
final class PodmanParameters {
    private static final Map<String, Set<String>> DENIED = Map.of(
            "ContainerChangesLibpod", Set.of("parent", "difftype"),
            "ContainerDeleteLibpod", Set.of("depend"),
            "ImageDeleteLibpod", Set.of("force"),
            "ImageDelete", Set.of("force"),
            "NetworkDeleteLibpod", Set.of("force"),
            "NetworkDelete", Set.of("force"),
            "VolumeDeleteLibpod", Set.of("force"));
    /** Values that every parser of the daemon reads as no. */
    private static final Set<String> NO = Set.of("false", "0");

    private PodmanParameters() {}

    /** @throws UnconfinableException if a request has such a parameter */
    static void check(Operation operation, RequestTarget target) throws UnconfinableException {
        for (String name : DENIED.getOrDefault(operation.id(), Set.of())) {
            if (!NO.containsAll(target.parameters().getOrDefault(name, List.of()))) {
                throw new UnconfinableException("the parameter " + name + " can reach objects of others");
            }
        }
    }
}
