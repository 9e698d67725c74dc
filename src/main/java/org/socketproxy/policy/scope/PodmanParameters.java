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
    private static final Map<String, List<String>> DENIED = Map.ofEntries(
            Map.entry("ContainerChangesLibpod", List.of("difftype", "parent")),
            Map.entry("ContainerDeleteLibpod", List.of("depend")),
            Map.entry("ContainersStatsAllLibpod", List.of("all")),
            Map.entry("ImageDelete", List.of("force")),
            Map.entry("ImageDeleteAllLibpod", List.of("all", "force", "lookupmanifest")),
            Map.entry("ImageDeleteLibpod", List.of("force")),
            Map.entry("ImagePruneLibpod", List.of("external", "buildcache")),
            Map.entry("ImagePullLibpod", List.of("alltags")),
            Map.entry("NetworkCreateLibpod", List.of("ignoreifexists")),
            Map.entry("NetworkDelete", List.of("force")),
            Map.entry("NetworkDeleteLibpod", List.of("force")),
            Map.entry("SecretCreateLibpod", List.of("ignore", "replace")),
            Map.entry("VolumeDeleteLibpod", List.of("force")));
    /** Values that every parser of the daemon reads as no. */
    private static final Set<String> NO = Set.of("false", "0");

    private PodmanParameters() {}

    /** @throws OutOfScopeException if a request has such a parameter */
    static void check(Operation operation, RequestTarget target) throws OutOfScopeException {
        for (String name : DENIED.getOrDefault(operation.id(), List.of())) {
            if (!NO.containsAll(target.parameters().getOrDefault(name, List.of()))) {
                throw new OutOfScopeException("the parameter " + name + " can reach objects of others");
            }
        }
    }
}
