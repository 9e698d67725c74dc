package org.socketproxy.policy.create;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;

/** The operations that {@code CREATE=safe} denies as a whole, because a proxy cannot judge what they do. */
public final class WholeOperations {
    private static final String STREAM = "carries commands that the proxy cannot read";
    private static final String PLUGIN = "changes plugins, which are root on the host";
    private static final String SWARM = "changes who controls the nodes of the swarm";
    private static final String CHECKPOINT = "replaces the state of a container, also its namespaces and mounts";
    private static final String IMAGES = "creates images of any content and name";

    private static final Map<String, String> REASONS = Stream.of(
                    Map.of("ImageBuild", "runs commands with a context that the proxy does not read"),
                    Map.of("Session", STREAM, "Grpc", STREAM),
                    Map.of("ImageLoad", IMAGES),
                    Map.of(
                            "PluginPull", PLUGIN,
                            "PluginCreate", PLUGIN,
                            "PluginEnable", PLUGIN,
                            "PluginDisable", PLUGIN,
                            "PluginPush", PLUGIN,
                            "PluginSet", PLUGIN,
                            "PluginUpgrade", PLUGIN,
                            "PluginDelete", PLUGIN),
                    Map.of(
                            "SwarmInit", SWARM,
                            "SwarmJoin", SWARM,
                            "SwarmLeave", SWARM,
                            "SwarmUpdate", SWARM,
                            "SwarmUnlock", SWARM,
                            "NodeUpdate", SWARM,
                            "NodeDelete", SWARM),
                    Map.of("CheckpointCreate", CHECKPOINT, "CheckpointDelete", CHECKPOINT),
                    Map.of("VolumeUpdate", "changes a volume of the swarm, whose secrets go to a driver"))
            .flatMap(part -> part.entrySet().stream())
            .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));

    private WholeOperations() {}

    /** Returns why an operation is denied, as the end of a sentence, or null if it is not denied as a whole. */
    static @Nullable String reason(Operation operation) {
        if (operation.isLibpod() && operation.write().isAlways()) {
            return LibpodWrites.isAllowed(operation.id()) ? null : LibpodWrites.reason(operation.id());
        }
        return REASONS.get(operation.id());
    }

    /** Returns the reasons by the id of the operation. */
    public static Map<String, String> reasons() {
        Map<String, String> reasons = new TreeMap<>(REASONS);
        reasons.putAll(LibpodWrites.DENIED);
        return reasons;
    }
}
