package org.socketproxy.filter;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.PathTemplate;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.self.OwnContainer;
import org.socketproxy.policy.self.SelfRule;
import org.socketproxy.policy.target.Confinement.Subject;
import org.socketproxy.policy.target.InspectedObject;
import org.socketproxy.policy.target.NamedObject;

/**
 * Asks the daemon whether a request means the proxy's own container: for the container of an exec, and for the container that a
 * name means which is also the beginning of the own id. The daemon finds an exact name first.
 *
 * <p>Threading: never blocks; runs on the thread that reads the answer of the daemon.
 *
 * <p>Security: without a description of another container the request is denied. It goes on with the id of the other container.
 */
final class SelfLookup {
    private static final String LIBPOD = "/libpod";

    private final ObjectQuestion question;
    private final Exchange exchange;
    private final OwnContainer own;
    private final DaemonObjects objects;

    SelfLookup(ObjectQuestion question, OwnContainer own, DaemonObjects objects) {
        this.question = question;
        this.exchange = question.exchange();
        this.own = own;
        this.objects = objects;
    }

    /** Returns the id of the container of the exec that a request starts, or null if there is none, or it is not known. */
    static @Nullable String container(DaemonObjects objects, Exchange exchange) {
        String exec = exec(exchange);
        return exec == null ? null : objects.execContainers().find(exec);
    }

    private static @Nullable String exec(Exchange exchange) {
        boolean isStarted =
                SelfRule.of(exchange.operation()).stream().anyMatch(rule -> rule.object() == SelfRule.Kind.EXEC);
        PathTemplate.Match place = isStarted ? exchange.operation().path().match(exchange.target()) : null;
        return place == null ? null : place.text();
    }

    void ask() {
        String exec = exec(exchange);
        if (exec == null) {
            askContainer();
            return;
        }
        boolean isLibpod = exchange.target().segments().get(0).equals(LIBPOD.substring(1));
        question.ask(
                objects.described(),
                Subject.EXEC,
                (isLibpod ? LIBPOD : "") + NamedObject.question(Subject.EXEC, exec),
                Subject.EXEC.noun(),
                described -> judgeExec(exec, described));
    }

    private void judgeExec(String exec, Optional<InspectedObject> described) {
        if (described.isEmpty()) {
            question.deny("exec-lookup", new ErrorReply(502, "the daemon's description of the exec cannot be read"));
            return;
        }
        String container = described.get().owner();
        objects.execContainers().put(exec, container);
        if (container.equals(own.id())) {
            deny();
        } else {
            question.passOn(exchange.target());
        }
    }

    private void askContainer() {
        for (SelfRule rule : SelfProtection.rules(exchange)) {
            String name = rule.doubtfulName(own, exchange.operation(), exchange.target());
            if (name != null) {
                question.ask(
                        objects.described(),
                        Subject.CONTAINER,
                        NamedObject.question(Subject.CONTAINER, name),
                        Subject.CONTAINER.noun(),
                        described -> judgeContainer(rule, name, described),
                        (status, error) -> {
                            deny();
                            return true;
                        });
                return;
            }
        }
        throw new IllegalStateException("no name is in doubt");
    }

    private void judgeContainer(SelfRule rule, String name, Optional<InspectedObject> described) {
        RequestTarget byId = described
                .filter(other -> !other.id().equals(own.id()) && other.names().contains(name))
                .map(other -> rule.withId(exchange.operation(), exchange.target(), name, other.id()))
                .orElse(null);
        if (byId == null) {
            deny();
        } else {
            question.passOn(byId);
        }
    }

    private void deny() {
        question.answer(SelfFilter.deny(exchange));
    }
}
