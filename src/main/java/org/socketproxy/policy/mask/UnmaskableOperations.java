package org.socketproxy.policy.mask;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Operations whose responses can contain secrets that the proxy cannot mask, because they are not JSON of a known form.
 *
 * <p>Threading: immutable.
 */
public final class UnmaskableOperations {
    private static final Map<String, String> REASONS = new LinkedHashMap<>();

    static {
        add("output of programs", "ContainerLogs", "ServiceLogs", "TaskLogs", "ContainerLogsLibpod");
        add("input and output of programs", "ContainerAttach", "ContainerAttachWebsocket", "ContainerAttachLibpod");
        add("input and output of programs; a program can print its environment", "ExecStart", "ExecStartLibpod");
        add("files of a container", "ContainerArchive", "ContainerArchiveLibpod");
        add("files of a container", "ContainerExport", "ContainerExportLibpod");
        add(
                "files and configuration of images",
                "ImageGet",
                "ImageGetAll",
                "ImageGetLibpod",
                "ImageExportLibpod",
                "ArtifactExtractLibpod");
        add("files of a volume", "VolumeExportLibpod");
        add("output of a build", "ImageBuild", "ImageBuildLibpod");
        add("the protocol of BuildKit", "Grpc", "Session");
        add("YAML or files with environments and commands", "GenerateKubeLibpod", "KubeGenerateLibpod");
        add("YAML or files with environments and commands", "QuadletFileLibpod");
        add("internals of the daemon", "DebugVars", "DebugPprofCmdline");
    }

    private UnmaskableOperations() {}

    private static void add(String reason, String... operations) {
        for (String operation : operations) {
            REASONS.put(operation, reason);
        }
    }

    /** Returns what the responses contain, by the id of the operation, in display order. */
    public static Map<String, String> reasons() {
        return Collections.unmodifiableMap(REASONS);
    }
}
