package org.socketproxy.policy.create;

import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which writes of Podman's own API {@code CREATE=safe} denies as a whole. A write that is in none of the lists is denied too.
 */
final class LibpodWrites {
    /** The table judges their body or query, or the proxy judges the containers that they enter. */
    static final Set<String> JUDGED = Set.of(
            "ContainerCreateLibpod",
            "ContainerStartLibpod",
            "ContainerInitLibpod",
            "ContainerRestartLibpod",
            "ContainerUnpauseLibpod",
            "ContainerExecLibpod",
            "ContainerAttachLibpod",
            "ContainerUpdateLibpod",
            "ContainerRenameLibpod",
            "PutContainerArchiveLibpod",
            "ExecStartLibpod",
            "ImageCommitLibpod",
            "ImagePullLibpod",
            "ImageTagLibpod",
            "NetworkCreateLibpod",
            "NetworkConnectLibpod",
            "PodCreateLibpod",
            "PodStartLibpod",
            "PodRestartLibpod",
            "PodUnpauseLibpod",
            "VolumeCreateLibpod");

    /** They give no access to the host: they stop or remove objects, or the parameter rules limit them. */
    static final Set<String> HARMLESS = Set.of(
            "ContainerStopLibpod",
            "ContainerKillLibpod",
            "ContainerPauseLibpod",
            "ContainerWaitLibpod",
            "ContainerResizeLibpod",
            "ContainerDeleteLibpod",
            "ContainerPruneLibpod",
            "ExecResizeLibpod",
            "ExecRemoveLibpod",
            "ImageDeleteLibpod",
            "ImageDeleteAllLibpod",
            "ImagePruneLibpod",
            "ImagePushLibpod",
            "ImageUntagLibpod",
            "NetworkDeleteLibpod",
            "NetworkDisconnectLibpod",
            "NetworkPruneLibpod",
            "PodDeleteLibpod",
            "PodKillLibpod",
            "PodPauseLibpod",
            "PodPruneLibpod",
            "PodStopLibpod",
            "SecretCreateLibpod",
            "SecretDeleteLibpod",
            "SystemPruneLibpod",
            "VolumeDeleteLibpod",
            "VolumePruneLibpod");

    private static final String KUBE = "creates or removes what a YAML file describes, which the proxy does not read";
    private static final String IMAGES = "creates images of any content and name";
    private static final String HOST_PATH = "reads files of the host";
    private static final String STATE = "replaces the state of a container, also its namespaces and mounts";
    private static final String MOUNT = "changes the file system of a container on the host";
    private static final String ARTIFACT = "creates or removes artifacts, which the proxy does not judge";
    private static final String QUADLET = "changes units of systemd, which are root on the host";

    /** Why the others are denied, by their ids. */
    static final Map<String, String> DENIED = Stream.of(
                    Map.of(
                            "PlayKubeLibpod", KUBE,
                            "KubePlayLibpod", KUBE,
                            "PlayKubeDownLibpod", KUBE,
                            "KubeDownLibpod", KUBE,
                            "KubeApplyLibpod", KUBE),
                    Map.of(
                            "ImageBuildLibpod", "runs commands with a context that the proxy does not read",
                            "LocalBuildLibpod", HOST_PATH,
                            "LocalImagesLibpod", HOST_PATH,
                            "ImageLoadLibpod", IMAGES,
                            "ImageImportLibpod", IMAGES,
                            "ImageScpLibpod", IMAGES),
                    Map.of(
                            "ManifestPushV3Libpod", IMAGES,
                            "ManifestPushLibpod", IMAGES,
                            "ManifestCreateByQueryLibpod", IMAGES,
                            "ManifestCreateLibpod", IMAGES,
                            "ManifestModifyLibpod", IMAGES,
                            "ManifestAddLibpod", IMAGES,
                            "ManifestDeleteLibpod", IMAGES),
                    Map.of(
                            "ContainerCheckpointLibpod", STATE,
                            "ContainerRestoreLibpod", STATE,
                            "ContainerMountLibpod", MOUNT,
                            "ContainerUnmountLibpod", MOUNT),
                    Map.of(
                            "ArtifactPullLibpod", ARTIFACT,
                            "ArtifactPushLibpod", ARTIFACT,
                            "ArtifactAddLibpod", ARTIFACT,
                            "ArtifactLocalLibpod", ARTIFACT,
                            "ArtifactDeleteLibpod", ARTIFACT,
                            "ArtifactDeleteAllLibpod", ARTIFACT),
                    Map.of(
                            "QuadletInstallLibpod", QUADLET,
                            "QuadletDeleteLibpod", QUADLET,
                            "QuadletDeleteAllLibpod", QUADLET),
                    Map.of(
                            "ContainerHealthcheckLibpod",
                            "runs a command, of which Podman keeps the whole output in its memory",
                            "NetworkUpdateLibpod",
                            "changes the DNS servers of a network that others use",
                            "SystemCheckLibpod",
                            "repairs or removes damaged objects of everybody",
                            "VolumeImportLibpod",
                            "writes into a volume, which can be a path of the host"))
            .flatMap(part -> part.entrySet().stream())
            .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));

    private static final String UNKNOWN = "is a write of Podman's own API that the proxy does not judge";

    private LibpodWrites() {}

    /** Returns true if the rules judge the write, or it is harmless. */
    static boolean isAllowed(String operation) {
        return JUDGED.contains(operation) || HARMLESS.contains(operation);
    }

    /** Returns why a write is denied, as the end of a sentence. */
    static String reason(String operation) {
        return DENIED.getOrDefault(operation, UNKNOWN);
    }
}
