package org.socketproxy.policy.create;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonObject;

/**
 * Judgement on an existing container.
 *
 * @param id the full id; empty if the daemon's description cannot be read
 * @param volumes names of its volumes, which are judged too before a client may enter it
 * @param claims settings that it may have as a member of a pod; null without such settings or without violations
 * @param besideClaims violations that do not come from the claims
 * @param isNonRoot whether its user is a number other than 0
 */
public record ContainerVerdict(
        String id,
        List<Violation> violations,
        List<String> volumes,
        @Nullable PodClaims claims,
        List<Violation> besideClaims,
        boolean isNonRoot) {
    public ContainerVerdict {
        violations = List.copyOf(violations);
        volumes = List.copyOf(volumes);
        besideClaims = List.copyOf(besideClaims);
    }

    /** A judgement without volumes and claims. */
    ContainerVerdict(String id, List<Violation> violations, boolean isNonRoot) {
        this(id, violations, List.of(), null, List.of(), isNonRoot);
    }

    /** Returns true if violations could come from the pod of the container. */
    public boolean isPossiblyOfPod() {
        return claims != null;
    }

    static List<Violation> about(List<Violation> violations) {
        return Violation.about("the container's ", violations);
    }

    /**
     * Settings that the rules allow a container of Podman only if it is in a pod: the namespaces of the infra container, the control
     * group of the pod, and the annotation that names one of them.
     *
     * @param joined full ids of the containers that share their namespaces with it
     * @param sandbox full id in the annotation; empty without it
     * @param cgroupParent parent of its control group; empty for the default
     */
    record PodClaims(Set<String> joined, String sandbox, String cgroupParent) {
        private static final Set<String> NAMESPACES =
                Set.of("NetworkMode", "IpcMode", "PidMode", "UTSMode", "UsernsMode");
        private static final Pattern OF_CONTAINER = Pattern.compile("container:([0-9a-f]{64})");
        private static final String CGROUP_PARENT = "CgroupParent";
        private static final String ANNOTATIONS = "Annotations";
        private static final String SANDBOX = "io.kubernetes.cri-o.SandboxID";

        PodClaims {
            joined = Set.copyOf(joined);
        }

        /** Returns the claims of a container, or null if it has none. */
        static @Nullable PodClaims of(JsonObject hostConfig) {
            Set<String> joined = new LinkedHashSet<>();
            for (String namespace : NAMESPACES) {
                Matcher mode = OF_CONTAINER.matcher(hostConfig.text(namespace));
                if (mode.matches()) {
                    joined.add(mode.group(1));
                }
            }
            String sandbox = hostConfig.object(ANNOTATIONS).text(SANDBOX);
            String cgroupParent = hostConfig.text(CGROUP_PARENT);
            return joined.isEmpty() && sandbox.isEmpty() && cgroupParent.isEmpty()
                    ? null
                    : new PodClaims(joined, sandbox, cgroupParent);
        }

        /** Returns the configuration without the claims. */
        static JsonObject without(JsonObject hostConfig) {
            Map<String, JsonValue> remaining = new LinkedHashMap<>(hostConfig.members());
            remaining.remove(CGROUP_PARENT);
            remaining
                    .keySet()
                    .removeIf(name -> NAMESPACES.contains(name)
                            && OF_CONTAINER.matcher(hostConfig.text(name)).matches());
            if (hostConfig.get(ANNOTATIONS) instanceof JsonObject object) {
                Map<String, JsonValue> annotations = new LinkedHashMap<>(object.members());
                annotations.remove(SANDBOX);
                remaining.put(ANNOTATIONS, new JsonObject(annotations));
            }
            return new JsonObject(remaining);
        }
    }
}
