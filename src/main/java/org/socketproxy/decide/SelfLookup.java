package org.socketproxy.decide;

import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.PathTemplate;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.scope.Confinement.Subject;
import org.socketproxy.policy.scope.InspectedObject;
import org.socketproxy.policy.scope.InspectedPod;
import org.socketproxy.policy.scope.ObjectRef;
import org.socketproxy.policy.scope.ObjectRefs;
import org.socketproxy.policy.self.ProtectedSubject;
import org.socketproxy.policy.self.ProxyContainer;
import org.socketproxy.policy.self.SelfRule;

/**
 * Asks the daemon whether a request means a protected container: for the container of an exec, the containers of a pod, and for the
 * container that a name means which is also the beginning of the own id. The daemon finds an exact name first.
 *
 * <p>Threading: never blocks; runs on the thread that reads the answer of the daemon.
 *
 * <p>Security: without a description of another container the request is denied. It goes on with the id of the other container.
 */
final class SelfLookup {
    private static final String LIBPOD = "/libpod";

    private final Inquiry question;
    private final Exchange exchange;
    private final SelfProtection self;
    private final DaemonObjects objects;

    SelfLookup(Inquiry question, SelfProtection self, DaemonObjects objects) {
        this.question = question;
        this.exchange = question.exchange();
        this.self = self;
        this.objects = objects;
    }

    /** Returns the id of the container of the exec that a request starts, or null if there is none, or it is not known. */
    static @Nullable String container(DaemonObjects objects, Exchange exchange) {
        String exec = exec(exchange);
        return exec == null ? null : objects.execContainers().find(exec);
    }

    static @Nullable String exec(Exchange exchange) {
        PathTemplate.Match place =
                isOfExec(exchange.operation()) ? exchange.operation().path().match(exchange.target()) : null;
        return place == null ? null : place.text();
    }

    /** Returns true if the path of the operation names an exec that acts on its container. */
    static boolean isOfExec(Operation operation) {
        return SelfRule.of(operation).stream().anyMatch(rule -> rule.object() == SelfRule.Kind.EXEC);
    }

    /** Returns true if only the daemon knows the containers that the request changes. */
    static boolean isOfPod(Exchange exchange) {
        return SelfRule.of(exchange.operation()).stream().anyMatch(rule -> rule.object() == SelfRule.Kind.POD);
    }

    void ask() {
        if (isOfPod(exchange)) {
            askPod();
            return;
        }
        ProxyContainer own = Objects.requireNonNull(self.container());
        String exec = exec(exchange);
        if (exec == null) {
            askContainer(own);
            return;
        }
        boolean isLibpod = exchange.target().segments().get(0).equals(LIBPOD.substring(1));
        question.ask(
                (isLibpod ? LIBPOD : "") + ObjectRef.question(Subject.EXEC, exec),
                Subject.EXEC.noun(),
                found -> judgeExec(own, exec, found.object(Subject.EXEC)));
    }

    private void judgeExec(ProxyContainer own, String exec, Optional<InspectedObject> described) {
        if (described.isEmpty()) {
            question.deny("exec-lookup", new ErrorReply(502, "the daemon's description of the exec cannot be read"));
            return;
        }
        String container = described.get().owner();
        objects.execContainers().put(exec, container);
        if (container.equals(own.id())) {
            deny(own);
        } else {
            question.passOn(exchange.target());
        }
    }

    private void askContainer(ProxyContainer own) {
        for (SelfRule rule : SelfProtection.rules(exchange.profile(), exchange.operation())) {
            String name = rule.doubtfulName(own, exchange.operation(), exchange.target());
            if (name != null) {
                question.ask(
                        ObjectRef.question(Subject.CONTAINER, name),
                        Subject.CONTAINER.noun(),
                        found -> judgeContainer(own, rule, name, found.object(Subject.CONTAINER)),
                        (status, error) -> {
                            deny(own);
                            return true;
                        });
                return;
            }
        }
        throw new IllegalStateException("no name is in doubt");
    }

    private void judgeContainer(ProxyContainer own, SelfRule rule, String name, Optional<InspectedObject> described) {
        RequestTarget byId = described
                .filter(other -> !other.id().equals(own.id()) && other.names().contains(name))
                .map(other -> rule.withId(exchange.operation(), exchange.target(), name, other.id()))
                .orElse(null);
        if (byId == null) {
            deny(own);
        } else {
            question.passOn(byId);
        }
    }

    private void deny(ProxyContainer own) {
        question.answer(SelfStep.deny(exchange, ProtectedSubject.of(own)));
    }

    private void askPod() {
        ObjectRef named = Objects.requireNonNull(ObjectRefs.named(exchange.operation(), exchange.target()));
        question.ask(named.question(), Subject.POD.noun(), found -> judgePod(named, found.pod()));
    }

    /** The request goes on with the id: another pod could take the name. */
    private void judgePod(ObjectRef named, InspectedPod pod) {
        InspectedObject object = pod.object().orElse(null);
        if (object == null) {
            question.deny("pod-lookup", new ErrorReply(502, "the daemon's description of the pod cannot be read"));
            return;
        }
        ProtectedSubject subject = Stream.concat(pod.members().stream(), Stream.of(pod.infra()))
                .map(container -> self.subject(exchange.profile(), container))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
        if (subject == null) {
            question.passOn(Objects.requireNonNull(named.withId(exchange.target(), object.id())));
        } else {
            question.answer(SelfStep.deny(exchange, subject));
        }
    }
}
