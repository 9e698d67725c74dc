package org.socketproxy.decide;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.function.BiConsumer;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.create.ContainerVerdict;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.PodVerdict;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.scope.Confinement.Subject;
import org.socketproxy.policy.scope.NamedObject;
import org.socketproxy.policy.self.ProtectedSubject;

/**
 * Inspects a pod of Podman, and judges its containers one after the other. Stops at the first one that the rules do not allow.
 * Denies the pod of the proxy's own container, because a container in it reaches the listeners on the proxy's loopback.
 *
 * <p>Threading: never blocks; runs on the thread that reads the answer of the daemon.
 */
final class PodLookup {
    private static final String CONTAINER = "container";

    /** Which containers of a pod are judged. */
    enum Scope {
        /** All, and the containers on which they depend: the request starts them. */
        ALL,
        /** The infra container, which shares its namespaces and mounts with the others. */
        INFRA
    }

    private final Inquiry question;
    private final CreateRules rules;
    private final DaemonObjects objects;
    private final SelfProtection self;
    private final Scope scope;
    private final BiConsumer<PodVerdict, List<Violation>> decision;
    private final Queue<String> containers = new ArrayDeque<>();

    /** @param decision called with the pod and its violations of the rules */
    PodLookup(
            Inquiry question,
            DaemonObjects objects,
            SelfProtection self,
            Scope scope,
            BiConsumer<PodVerdict, List<Violation>> decision) {
        this.question = question;
        this.rules = question.rules();
        this.objects = objects;
        this.self = self;
        this.scope = scope;
        this.decision = decision;
    }

    /** Returns the question about a container to Podman's own API, which has its paths only with a version. */
    static String inspectContainer(RequestTarget asked, String id) {
        return (asked.version() == null ? "" : "/v" + asked.version()) + "/libpod/containers/" + id + "/json";
    }

    /** @param name name or id of the pod, which needs no escapes */
    void ask(String name) {
        question.ask(NamedObject.question(Subject.POD, name), "pod", found -> {
            PodVerdict pod = found.judgedPod(rules);
            ProtectedSubject subject = pod.containers().stream()
                    .map(id -> self.subject(question.exchange().profile(), id))
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElse(null);
            if (subject != null) {
                question.answer(SelfStep.deny(question.exchange(), subject));
            } else if (self.container() == null && self.isUnknown()) {
                question.answer(SelfStep.denyUnknown(question.exchange(), SelfStep.OWN_UNKNOWN));
            } else {
                judge(pod);
            }
        });
    }

    private void judge(PodVerdict pod) {
        // The infra container is first: the others are remembered as allowed, which is true only if it is allowed.
        if (!pod.infra().isEmpty()) {
            containers.add(pod.infra());
        }
        if (scope == Scope.ALL) {
            pod.containers().stream().filter(id -> !id.equals(pod.infra())).forEach(containers::add);
        }
        goOn(pod, pod.violations());
    }

    private void goOn(PodVerdict pod, List<Violation> violations) {
        String id = violations.isEmpty() ? containers.poll() : null;
        if (id == null) {
            decision.accept(pod, violations);
        } else if (objects.judged().isAllowed(rules, id)) {
            judgeStart(pod, id);
        } else {
            question.ask(
                    "/containers/" + id + "/json",
                    CONTAINER,
                    found -> judge(pod, found.container(rules).verdict()));
        }
    }

    private void judge(PodVerdict pod, ContainerVerdict container) {
        List<Violation> violations = pod.ofAnother(container);
        if (!violations.isEmpty()) {
            goOn(pod, violations);
            return;
        }
        new VolumeLookup(question, container.volumes(), false, ofVolumes -> {
                    if (ofVolumes.isEmpty()) {
                        objects.judged().allow(rules, container.id());
                        judgeStart(pod, container.id());
                    } else {
                        goOn(pod, ofVolumes);
                    }
                })
                .next();
    }

    private void judgeStart(PodVerdict pod, String id) {
        if (scope == Scope.INFRA) {
            goOn(pod, List.of());
            return;
        }
        question.ask(
                inspectContainer(question.exchange().target(), id),
                CONTAINER,
                found -> goOn(pod, found.podmanContainer(rules).judgeStart(rules, pod.containers())));
    }
}
