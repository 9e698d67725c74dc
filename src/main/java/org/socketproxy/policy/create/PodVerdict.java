package org.socketproxy.policy.create;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonArray;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.create.Violation.Kind;

/**
 * Judgement on an existing pod of Podman. Its containers are judged one by one.
 *
 * @param id the full id; empty if the daemon's description cannot be read
 * @param infra full id of the infra container, whose namespaces the others join; empty if the pod has none
 * @param cgroup control group of the pod, the parent of those of its containers; empty if the pod has none
 * @param containers full ids of all containers, also of the infra container
 * @param violations what the pod itself has beyond the rules
 */
public record PodVerdict(String id, String infra, String cgroup, List<String> containers, List<Violation> violations) {
    /** Pods with more containers are denied, because the proxy asks the daemon about each. */
    static final int MOST = 64;

    private static final String CGROUP_PARENT = "CgroupParent";
    /** Podman's own parents of control groups, for its two managers, and for users other than root. */
    private static final Set<String> DEFAULT_PARENTS = Set.of("", "/libpod_parent", "machine.slice", "user.slice");

    public PodVerdict {
        containers = List.copyOf(containers);
        violations = List.copyOf(violations);
    }

    /**
     * Judges a pod.
     *
     * @param inspect the daemon's response to PodInspectLibpod
     */
    static PodVerdict judge(CreateRules rules, ByteBuffer inspect) {
        BodyValidation judgement = new BodyValidation(rules);
        try {
            if (StrictJson.read(inspect) instanceof JsonObject pod) {
                String id = BodyValidation.string(pod, "Id");
                String infra = BodyValidation.string(pod, "InfraContainerID");
                List<String> containers = containers(pod);
                if (isId(id)
                        && containers.stream().allMatch(PodVerdict::isId)
                        && (infra.isEmpty() || containers.contains(infra))) {
                    judge(judgement, pod, containers);
                    return new PodVerdict(
                            id,
                            infra,
                            BodyValidation.string(pod, "CgroupPath"),
                            containers,
                            about("the pod's ", judgement.violations()));
                }
            }
        } catch (InvalidJsonException unreadable) {
            // Denied like an unexpected structure.
        }
        judgement.report(Kind.FORM, FieldPath.ROOT, "the daemon's description of the pod cannot be read", null);
        return new PodVerdict("", "", "", List.of(), judgement.violations());
    }

    private static void judge(BodyValidation judgement, JsonObject pod, List<String> containers) {
        boolean isDefault = DEFAULT_PARENTS.contains(BodyValidation.string(pod, CGROUP_PARENT));
        if (!isDefault && !judgement.permissions().has(CreatePermission.CGROUP_PARENT)) {
            judgement.deny(FieldPath.ROOT.member(CGROUP_PARENT), "is set", CreatePermission.CGROUP_PARENT, null);
        }
        if (containers.size() > MOST) {
            FieldPath path = FieldPath.ROOT.member("Containers");
            judgement.report(Kind.FORM, path, path.dotted() + " are more than " + MOST, null);
        }
    }

    /** Returns the ids; one that is not an id if an element has an unexpected form. */
    private static List<String> containers(JsonObject pod) {
        JsonValue value = pod.members().getOrDefault("Containers", JsonLiteral.NULL);
        if (!(value instanceof JsonArray array)) {
            return value == JsonLiteral.NULL ? List.of() : List.of("");
        }
        List<String> ids = new ArrayList<>();
        array.elements().forEach(container -> ids.add(BodyValidation.string(container, "Id")));
        return ids;
    }

    private static boolean isId(String text) {
        return ContainerJudge.FULL_ID.matcher(text).matches();
    }

    /** Returns what a container has beyond the rules. Only one of this pod may have its namespaces and control group. */
    public List<Violation> of(ContainerVerdict container) {
        PodClaims claims = container.claims();
        boolean isMember = claims != null && containers.contains(container.id()) && isOfThisPod(claims);
        return isMember ? container.besideClaims() : container.violations();
    }

    /** Returns the same for a container that the request does not name. */
    public List<Violation> ofAnother(ContainerVerdict container) {
        return about("in the pod, ", of(container));
    }

    /** Without an infra container the annotation has the id of the pod. */
    private boolean isOfThisPod(PodClaims claims) {
        String sandbox = infra.isEmpty() ? id : infra;
        return Set.of(infra).containsAll(claims.joined())
                && (claims.sandbox().isEmpty() || claims.sandbox().equals(sandbox))
                && (claims.cgroupParent().isEmpty() || claims.cgroupParent().equals(cgroup));
    }

    private static List<Violation> about(String owner, List<Violation> violations) {
        return violations.stream().map(violation -> violation.about(owner)).toList();
    }
}
