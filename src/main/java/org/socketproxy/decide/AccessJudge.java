package org.socketproxy.decide;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.OperationRules.Trait;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.DaemonObjects;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Inquiry.EndOfRun;
import org.socketproxy.inquiry.Inspection;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.policy.Appeals;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.create.ContainerVerdict;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.PodVerdict;
import org.socketproxy.policy.create.PodmanContainer;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.scope.ObjectRef;
import org.socketproxy.policy.scope.Place;
import org.socketproxy.policy.scope.ScopeRule.Subject;
import org.socketproxy.policy.self.ProtectedSubject;
import org.socketproxy.protect.SelfProtection;
import org.socketproxy.recreate.RecreateRecord;

/**
 * Judges the existing objects of which a request gets the rights, by the rules of {@code CREATE=safe}: the container that it enters
 * or the pod that it starts, their volumes and dependencies.
 *
 * <p>Security: denies the pod of a protected container, because a container in it reaches the listeners on the proxy's loopback.
 */
final class AccessJudge {
    static final String CONTAINER = "container";
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");

    private final Inquiry inquiry;
    private final Trial trial;
    private final CreateRules rules;
    private final DaemonObjects objects;
    private final SelfProtection self;

    /** @param self knows the proxy's own container */
    AccessJudge(Inquiry inquiry, DaemonObjects objects, SelfProtection self) {
        this.inquiry = inquiry;
        this.trial = inquiry.trial();
        this.rules = inquiry.rules();
        this.objects = objects;
        this.self = self;
    }

    /** Judges the container that a request enters, or the container of the exec that it starts. */
    Verdict container(ObjectRef entered) throws EndOfRun {
        if (entered.place() instanceof Place.Query
                && !NAME.matcher(entered.name()).matches()) {
            return deniedName();
        }
        if (entered.subject() != Subject.EXEC) {
            return container(entered, inspectEntered(entered.lookup()));
        }
        ContainerVerdict exec = inquiry.inspect(entered.query(), CONTAINER, found -> found.exec(rules));
        objects.execContainers().put(trial.profile().name(), entered.lookup(), exec.id());
        trial.startsIn(exec.id());
        ProtectedSubject subject = subject(exec.id());
        if (subject != null) {
            return new Verdict.Denied(SelfStep.denial(trial, subject));
        }
        if (!exec.violations().isEmpty()) {
            return inquiry.denied(exec.violations());
        }
        if (rules.isNonRootRequired() && !exec.isNonRoot() && !isNonRoot(exec.id())) {
            return inquiry.denied(List.of(rules.rootOfContainer()));
        }
        return objects.judged().isAllowed(rules, exec.id())
                ? inquiry.passed(trial.target())
                : container(entered, inspectEntered(exec.id()));
    }

    /** @param container its full id */
    private boolean isNonRoot(String container) throws EndOfRun {
        return inspect(container).verdict().isNonRoot();
    }

    /** Returns the proxy or the profile with a container on which the profile must not act; or null. */
    private @Nullable ProtectedSubject subject(String container) throws EndOfRun {
        return self.protects(trial.profile()) ? new ClientLookup(inquiry, self).subject(container) : null;
    }

    Verdict deniedName() {
        return Verdict.denied(Reason.CONTAINER_NAME, 400, "the request must name one container by its name or id");
    }

    /** @param name name or id, with its escapes */
    Inspection.Container inspect(String name) throws EndOfRun {
        return inquiry.inspect("/containers/" + name + "/json", CONTAINER, found -> found.container(rules));
    }

    /** The same for a container that is entered: one of an approved request has the rules of this request. */
    private Inspection.Container inspectEntered(String name) throws EndOfRun {
        Inspection.Container inspected = inspect(name);
        Appeals appeals = trial.appeals();
        CreateRules approved =
                appeals == null || inspected.verdict().violations().isEmpty()
                        ? null
                        : appeals.rulesOf(inspected.verdict().id());
        return approved == null
                ? inspected
                : Objects.requireNonNull(inquiry.find(
                        approved,
                        "/containers/" + name + "/json",
                        CONTAINER,
                        found -> found.container(approved),
                        missing -> false));
    }

    private Verdict container(ObjectRef entered, Inspection.Container inspected) throws EndOfRun {
        ContainerVerdict container = inspected.verdict();
        List<String> dependencies = new ArrayList<>();
        List<Violation> violations = container.violations();
        if (container.isPossiblyOfPod() && trial.operation().isLibpod()) {
            violations = ofPodMember(container, dependencies);
        }
        if (violations.isEmpty()) {
            violations = ofVolumes(container.volumes(), false);
        }
        if (violations.isEmpty()) {
            return allowed(entered, container.id(), dependencies);
        }
        if (isStartOfRecreated(inspected)) {
            trial.recreates();
            return inquiry.passed(Objects.requireNonNull(byId(entered, container.id())));
        }
        return inquiry.denied(violations);
    }

    private Verdict allowed(ObjectRef entered, String id, List<String> dependencies) throws EndOfRun {
        RequestTarget target = byId(entered, id);
        if (target == null) {
            return deniedName();
        }
        objects.judged().allow(rules, id);
        List<Violation> violations = trial.operation().is(Trait.STARTS_DEPENDENCIES)
                ? podman(id).judgeStart(rules, dependencies)
                : List.of();
        return violations.isEmpty() ? inquiry.passed(target) : inquiry.denied(violations);
    }

    /** The target of an exec names the exec and not its container. */
    private @Nullable RequestTarget byId(ObjectRef entered, String container) {
        return entered.subject() == Subject.EXEC ? trial.target() : entered.withId(trial.target(), container);
    }

    /**
     * A container with violations that come from its pod is allowed if the infra container is allowed.
     *
     * @param dependencies gets the id of the infra container, which a start may start too
     */
    private List<Violation> ofPodMember(ContainerVerdict container, List<String> dependencies) throws EndOfRun {
        String name = podman(container.id()).pod();
        if (name.isEmpty()) {
            return container.violations();
        }
        PodVerdict pod = pod(name);
        List<Violation> ofPod = violations(pod, false);
        List<Violation> own = pod.of(container);
        if (!pod.infra().isEmpty()) {
            dependencies.add(pod.infra());
        }
        return own.isEmpty() ? ofPod : own;
    }

    /** Returns true for the start of a container that has the rights of a recorded one. */
    private boolean isStartOfRecreated(Inspection.Container inspected) {
        RecreateRecord described = inspected.description();
        boolean isUnprotected = inspected.verdict().violations().stream().anyMatch(Violation::isOfUnprotectedBind);
        if (described == null || isUnprotected || trial.operation().verb() != Verb.START) {
            return false;
        }
        RecreateRecord before = objects.ended().find(trial.profile().recordingScope(), described.name());
        return before != null && described.hasRightsOf(before);
    }

    /** Judges the pod that a request starts, with all its containers and the containers on which they depend. */
    Verdict pod(ObjectRef entered) throws EndOfRun {
        PodVerdict pod = pod(entered.lookup());
        List<Violation> violations = violations(pod, true);
        return violations.isEmpty()
                ? inquiry.passed(Objects.requireNonNull(entered.withId(trial.target(), pod.id())))
                : inquiry.denied(violations);
    }

    /** @param name name or id, which needs no escapes */
    PodVerdict pod(String name) throws EndOfRun {
        PodVerdict pod = inquiry.inspect(ObjectRef.query(Subject.POD, name), "pod", found -> found.judgedPod(rules));
        for (String container : pod.containers()) {
            ProtectedSubject subject = subject(container);
            if (subject != null) {
                throw new EndOfRun(new Verdict.Denied(SelfStep.denial(trial, subject)));
            }
        }
        if (self.container() == null && self.isUnknown()) {
            throw new EndOfRun(new Verdict.Denied(SelfStep.unknown(SelfStep.OWN_UNKNOWN)));
        }
        return pod;
    }

    /**
     * Returns the violations of a pod, and of its first container that the rules do not allow.
     *
     * @param isStarted whether all containers are judged, because the request starts them; otherwise the infra container, which
     *     shares its namespaces and mounts with the others
     */
    List<Violation> violations(PodVerdict pod, boolean isStarted) throws EndOfRun {
        // The infra container is first: the others are remembered as allowed, which is true only if it is allowed.
        List<String> containers = new ArrayList<>(pod.infra().isEmpty() ? List.of() : List.of(pod.infra()));
        if (isStarted) {
            pod.containers().stream().filter(id -> !id.equals(pod.infra())).forEach(containers::add);
        }
        List<Violation> violations = pod.violations();
        for (int i = 0; i < containers.size() && violations.isEmpty(); i++) {
            String id = containers.get(i);
            violations = ofMember(pod, id);
            if (violations.isEmpty() && isStarted) {
                violations = inquiry.inspect(
                        podmanQuery(id),
                        CONTAINER,
                        found -> found.podmanContainer(rules).judgeStart(rules, pod.containers()));
            }
        }
        return violations;
    }

    private List<Violation> ofMember(PodVerdict pod, String id) throws EndOfRun {
        if (objects.judged().isAllowed(rules, id)) {
            return List.of();
        }
        ContainerVerdict container = inquiry.inspect(
                        ObjectRef.query(Subject.CONTAINER, id),
                        CONTAINER,
                        found -> found.container(rules).withoutDescription())
                .verdict();
        List<Violation> violations = pod.ofAnother(container);
        if (violations.isEmpty()) {
            violations = ofVolumes(container.volumes(), false);
        }
        if (violations.isEmpty()) {
            objects.judged().allow(rules, container.id());
        }
        return violations;
    }

    private PodmanContainer podman(String id) throws EndOfRun {
        return inquiry.inspect(podmanQuery(id), CONTAINER, found -> found.podmanContainer(rules));
    }

    /** Podman's own API has its paths only with a version. */
    private String podmanQuery(String id) {
        String version = trial.target().version();
        return (version == null ? "" : "/v" + version) + "/libpod/containers/" + id + "/json";
    }

    /**
     * Returns the violations of volumes. A volume that an administrator made of a path of the host gives a container this path.
     *
     * @param names names as the daemon accepts them
     * @param mayBeMissing whether the daemon creates a missing volume with its defaults
     */
    List<Violation> ofVolumes(Collection<String> names, boolean mayBeMissing) throws EndOfRun {
        List<Violation> violations = new ArrayList<>();
        for (String name : names) {
            List<Violation> ofVolume = inquiry.find(
                    "/volumes/" + name,
                    "volume",
                    found -> found.volume(rules, name),
                    error -> mayBeMissing && error.status() == HttpStatus.NOT_FOUND_404);
            violations.addAll(ofVolume == null ? List.of() : ofVolume);
        }
        return violations;
    }
}
