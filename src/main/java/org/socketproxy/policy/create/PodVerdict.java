package org.socketproxy.policy.create;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.socketproxy.dockerapi.ObjectIds;
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
 * @param infra full id of the infra container, which shares its namespaces; empty if the pod has none
 * @param cgroup control group that is the parent of the control groups of its containers; empty if the pod has none
 * @param containers full ids of all containers, also of the infra container
 * @param violations of the pod, without violations of its containers
 */
public record PodVerdict(String id, String infra, String cgroup, List<String> containers, List<Violation> violations) {
    /** Pods with more containers are denied, because the proxy asks the daemon about each. */
    static final int MOST = 64;

    /** Podman's own parents of control groups, for its two managers, and for users other than root. */
    private static final Set<String> DEFAULT_PARENTS = Set.of("", "/libpod_parent", "machine.slice", "user.slice");

    public PodVerdict {
        containers = List.copyOf(containers);
        violations = List.copyOf(violations);
    }

    /** Judges the daemon's response to PodInspectLibpod. */
    static PodVerdict judge(CreateRules rules, ByteBuffer inspect) {
        BodyValidation validation = new BodyValidation(rules);
        JsonObject pod = StrictJson.object(inspect);
        String id = pod.text("Id");
        String infra = pod.text("InfraContainerID");
        List<String> containers = containers(pod);
        boolean isReadable = isId(id)
                && containers.stream().allMatch(PodVerdict::isId)
                && (infra.isEmpty() || containers.contains(infra));
        if (!isReadable) {
            validation.denyForm("the daemon's description of the pod cannot be read");
            return new PodVerdict("", "", "", List.of(), validation.violations());
        }
        judge(BodyValue.root(validation, pod), containers);
        List<Violation> violations = Violation.about("the pod's ", validation.violations());
        return new PodVerdict(id, infra, pod.text("CgroupPath"), containers, violations);
    }

    private static void judge(BodyValue pod, List<String> containers) {
        BodyValue parent = pod.member("CgroupParent");
        if (!DEFAULT_PARENTS.contains(parent.text())) {
            parent.require(CreatePermission.CGROUP_PARENT, "is set");
        }
        if (containers.size() > MOST) {
            pod.member("Containers").report(Kind.FORM, "Containers are more than " + MOST);
        }
    }

    /** Returns the ids; one that is not an id if an element has an unexpected form. */
    private static List<String> containers(JsonObject pod) {
        JsonValue value = pod.get("Containers");
        if (!(value instanceof JsonArray array)) {
            return value == JsonLiteral.NULL ? List.of() : List.of("");
        }
        List<String> ids = new ArrayList<>();
        array.elements().forEach(each -> ids.add(each instanceof JsonObject container ? container.text("Id") : ""));
        return ids;
    }

    private static boolean isId(String text) {
        return ObjectIds.isFull(text);
    }

    /** Returns the violations of a container. Only a container of this pod may have its namespaces and control group. */
    public List<Violation> of(ContainerVerdict container) {
        ContainerVerdict.PodClaims claims = container.claims();
        boolean isMember = claims != null && containers.contains(container.id()) && isOfThisPod(claims);
        return isMember ? container.besideClaims() : container.violations();
    }

    /** Returns the same for a container that the request does not name. */
    public List<Violation> ofAnother(ContainerVerdict container) {
        return Violation.about("in the pod, ", of(container));
    }

    /** Without an infra container the annotation has the id of the pod. */
    private boolean isOfThisPod(ContainerVerdict.PodClaims claims) {
        String sandbox = infra.isEmpty() ? id : infra;
        return Set.of(infra).containsAll(claims.joined())
                && (claims.sandbox().isEmpty() || claims.sandbox().equals(sandbox))
                && (claims.cgroupParent().isEmpty() || claims.cgroupParent().equals(cgroup));
    }
}
