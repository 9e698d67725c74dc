package org.socketproxy.decide;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.OperationRules;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.create.ContainerVerdict;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.EnteredContainer;
import org.socketproxy.policy.create.RecreateRecord;
import org.socketproxy.policy.create.Recreation;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.self.ProtectedSubject;
import org.socketproxy.policy.self.ProxyContainer;

/**
 * Inspects a container and its volumes, and judges them.
 *
 * <p>Threading: never blocks; runs on the thread that reads the answer of the daemon.
 */
final class ContainerLookup {
    private static final String CONTAINER = "container";

    private final Inquiry question;
    private final Exchange exchange;
    private final CreateRules rules;
    private final EnteredContainer container;
    private final DaemonObjects objects;
    private final SelfProtection self;

    /** @param self knows the proxy's own container */
    ContainerLookup(Inquiry question, EnteredContainer container, DaemonObjects objects, SelfProtection self) {
        this.self = self;
        this.question = question;
        this.exchange = question.exchange();
        this.rules = question.rules();
        this.container = container;
        this.objects = objects;
    }

    void ask() {
        if (!container.isUsable()) {
            denyName();
        } else if (container.place() == EnteredContainer.Place.EXEC) {
            question.ask("/exec/" + container.name() + "/json", CONTAINER, found -> judgeExec(found.exec(rules)));
        } else {
            ask(container.name());
        }
    }

    private void ask(String name) {
        question.ask(
                "/containers/" + name + "/json",
                CONTAINER,
                found -> judge(found.container(rules)),
                (status, body) -> isWithoutEffect());
    }

    /** A request that is only watched gets the daemon's own answer, for example for a missing container. */
    private boolean isWithoutEffect() {
        if (isWatchedOnly()) {
            question.passOn(exchange.target());
            return true;
        }
        return false;
    }

    private boolean isWatchedOnly() {
        return EnteredContainer.of(exchange.operation(), exchange.target()) == null
                && !rules.isRecreateAllowed()
                && !rules.isRecreatableRequired();
    }

    private void judgeExec(ContainerVerdict exec) {
        objects.execContainers().put(container.name(), exec.id());
        exchange.notes().startsIn(exec.id());
        ProtectedSubject subject = self.subject(exchange.profile(), exec.id());
        if (subject != null) {
            question.answer(SelfStep.deny(exchange, subject));
        } else if (!exec.violations().isEmpty()) {
            question.deny(exec.violations());
        } else if (objects.judged().isAllowed(rules, exec.id())) {
            question.passOn(exchange.target());
        } else {
            ask(exec.id());
        }
    }

    private void judge(InspectedContainer inspected) {
        ContainerVerdict verdict = inspected.verdict();
        if (EnteredContainer.of(exchange.operation(), exchange.target()) == null) {
            judgeRecreation(inspected);
        } else if (verdict.violations().isEmpty()) {
            judgeVolumes(inspected, List.of());
        } else if (verdict.isPossiblyOfPod() && exchange.operation().isLibpod()) {
            question.ask(
                    PodLookup.inspectContainer(exchange.target(), verdict.id()),
                    CONTAINER,
                    found -> judgeOfPod(inspected, found.podmanContainer(rules).pod()));
        } else {
            decide(inspected, verdict.violations(), List.of());
        }
    }

    /** Judges a container with violations that come from its pod: it is allowed if the infra container is allowed. */
    private void judgeOfPod(InspectedContainer inspected, String pod) {
        if (pod.isEmpty()) {
            decide(inspected, inspected.verdict().violations(), List.of());
            return;
        }
        new PodLookup(question, objects, self, PodLookup.Scope.INFRA, (judged, violations) -> {
                    List<Violation> own = judged.of(inspected.verdict());
                    if (own.isEmpty() && violations.isEmpty()) {
                        judgeVolumes(inspected, judged.infra().isEmpty() ? List.of() : List.of(judged.infra()));
                    } else {
                        decide(inspected, own.isEmpty() ? violations : own, List.of());
                    }
                })
                .ask(pod);
    }

    /** @param dependencies ids of judged containers that a start may start too */
    private void judgeVolumes(InspectedContainer inspected, List<String> dependencies) {
        new VolumeLookup(
                        question,
                        inspected.verdict().volumes(),
                        false,
                        violations -> decide(inspected, violations, dependencies))
                .next();
    }

    /** An updater stops or removes a running container before it asks for the new one. */
    private void judgeRecreation(InspectedContainer inspected) {
        Recreation recreation = inspected.recreation();
        boolean isRecorded = inspected.description() != null && recreation.hasAllowedImage();
        if (!recreation.isRunning() || isRecorded || !exchange.profile().mayCreateContainers()) {
            recordAndPassOn(inspected);
            return;
        }
        if (recreation.claims().isEmpty()) {
            judgeRecreation(inspected, recreation.obstacles());
        } else {
            question.ask(
                    "/info",
                    "daemon",
                    found -> judgeRecreation(inspected, recreation.obstacles(found.defaults())),
                    (status, body) -> isWithoutEffect());
        }
    }

    private void judgeRecreation(InspectedContainer inspected, List<Violation> ofContainer) {
        new VolumeLookup(question, inspected.verdict().volumes(), true, ofVolumes -> {
                    List<Violation> obstacles = new ArrayList<>(ofContainer);
                    obstacles.addAll(ofVolumes);
                    decideRecreation(inspected, obstacles);
                })
                .next();
    }

    private void decideRecreation(InspectedContainer inspected, List<Violation> obstacles) {
        if (!obstacles.isEmpty() && rules.isRecreatableRequired()) {
            question.deny(Recreation.denials(obstacles));
            return;
        }
        if (!obstacles.isEmpty()) {
            String profile = exchange.profile().name();
            String client = exchange.client().name();
            String container = ProxyContainer.shorten(inspected.verdict().id());
            exchange.notes().onSuccess(() -> objects.unrecreatable().add(profile, client, container, obstacles.get(0)));
        }
        recordAndPassOn(inspected);
    }

    /**
     * Records a container that the daemon stops, renames or removes for a client, when the daemon has confirmed it. Also the rules can
     * deny fields that the daemon has added to it.
     */
    private void recordAndPassOn(InspectedContainer inspected) {
        RecreateRecord description = inspected.description();
        RequestTarget target = isWatchedOnly() ? exchange.target() : byId(inspected.verdict());
        if (description == null || description.image().isEmpty()) {
            recordOnSuccess(description, target);
            return;
        }
        question.ask(
                "/images/" + description.image() + "/json",
                "image",
                found -> recordOnSuccess(description.withImage(found.image()), target),
                (status, body) -> {
                    recordOnSuccess(description, target);
                    return true;
                });
    }

    private void recordOnSuccess(@Nullable RecreateRecord container, RequestTarget target) {
        if (container != null) {
            Object scope = exchange.profile().recordingScope();
            String client = exchange.client().limitKey();
            exchange.notes().onSuccess(() -> objects.records().add(scope, client, container));
        }
        question.passOn(target);
    }

    private RequestTarget byId(ContainerVerdict verdict) {
        RequestTarget target = verdict.id().isEmpty() ? null : container.withId(exchange.target(), verdict.id());
        return target == null ? exchange.target() : target;
    }

    private void decide(InspectedContainer inspected, List<Violation> violations, List<String> dependencies) {
        String id = inspected.verdict().id();
        if (violations.isEmpty()) {
            RequestTarget target = container.withId(exchange.target(), id);
            if (target == null) {
                denyName();
                return;
            }
            objects.judged().allow(rules, id);
            passOnWithDependencies(id, target, dependencies);
        } else if (isStartOfRecreated(inspected)) {
            exchange.notes().recreates();
            question.passOn(byId(inspected.verdict()));
        } else {
            question.deny(violations);
        }
    }

    private void passOnWithDependencies(String id, RequestTarget target, List<String> judged) {
        if (!EnteredContainer.startsDependencies(exchange.operation())) {
            question.passOn(target);
            return;
        }
        String inspect = PodLookup.inspectContainer(target, id);
        question.ask(inspect, CONTAINER, found -> {
            List<Violation> violations = found.podmanContainer(rules).judgeStart(rules, judged);
            if (violations.isEmpty()) {
                question.passOn(target);
            } else {
                question.deny(violations);
            }
        });
    }

    /** Returns true for the start of a container that has the rights of a recorded one. */
    private boolean isStartOfRecreated(InspectedContainer inspected) {
        RecreateRecord described = inspected.description();
        if (described == null || OperationRules.verb(exchange.operation()) != Verb.START) {
            return false;
        }
        RecreateRecord before = objects.records().find(exchange.profile().recordingScope(), described.name());
        return before != null && described.hasRightsOf(before);
    }

    private void denyName() {
        question.deny("container-name", new ErrorReply(400, "the request must name one container by its name or id"));
    }
}
