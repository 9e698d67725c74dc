package org.socketproxy.policy.mask;

import java.util.Set;

/**
 * Operations whose body a client can build from an earlier response: with a masked value in it, the daemon would store the
 * marker in place of the secret.
 */
public final class RecreatingOperations {
    private static final Set<String> IDS = Set.of(
            "ContainerCreate",
            "ContainerUpdate",
            "ContainerExec",
            "ImageCommit",
            "NetworkCreate",
            "NetworkConnect",
            "VolumeCreate",
            "VolumeUpdate",
            "ServiceCreate",
            "ServiceUpdate",
            "ConfigCreate",
            "ConfigUpdate",
            "PluginSet",
            "SwarmInit",
            "SwarmUpdate",
            "ContainerCreateLibpod",
            "ContainerUpdateLibpod",
            "ContainerExecLibpod",
            "PodCreateLibpod",
            "NetworkCreateLibpod",
            "NetworkConnectLibpod",
            "VolumeCreateLibpod");

    private RecreatingOperations() {}

    /** Returns the ids of the operations. */
    public static Set<String> ids() {
        return IDS;
    }
}
