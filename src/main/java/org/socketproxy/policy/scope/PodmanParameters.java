package org.socketproxy.policy.scope;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;

/**
 * Parameters of Podman that reach another object than the one in the path: {@code depend} removes the containers that depend on a
 * container, {@code force} those that use an image, a network or a volume. Podman does so on Docker's paths of images and networks
 * too. dockerd keeps the containers, but the proxy does not know which daemon answers. {@code ignoreIfExists} describes the network
 * that has the name, {@code ignore} tells the id of the secret that has it, and {@code replace} changes this secret.
 */
final class PodmanParameters {
    private static final Map<String, Set<String>> DENIED = Map.ofEntries(
            Map.entry("ContainerChangesLibpod", Set.of("parent", "difftype")),
            Map.entry("ContainerDeleteLibpod", Set.of("depend")),
            Map.entry("ContainersStatsAllLibpod", Set.of("all")),
            Map.entry("ImageDelete", Set.of("force")),
            Map.entry("ImageDeleteAllLibpod", Set.of("all", "force", "lookupmanifest")),
            Map.entry("ImageDeleteLibpod", Set.of("force")),
            Map.entry("ImagePruneLibpod", Set.of("external", "buildcache")),
            Map.entry("ImagePullLibpod", Set.of("alltags")),
            Map.entry("NetworkCreateLibpod", Set.of("ignoreifexists")),
            Map.entry("NetworkDelete", Set.of("force")),
            Map.entry("NetworkDeleteLibpod", Set.of("force")),
            Map.entry("SecretCreateLibpod", Set.of("ignore", "replace")),
            Map.entry("VolumeDeleteLibpod", Set.of("force")));
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
