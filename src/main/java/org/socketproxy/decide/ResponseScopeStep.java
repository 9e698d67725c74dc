package org.socketproxy.decide;

import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.scope.Confinement;
import org.socketproxy.policy.scope.ObjectKind;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.ScopedResponses;

/**
 * With {@code TARGETS}, asks the daemon for the own objects by which a response is judged: the services of a list of tasks, the
 * containers of a network, and the objects of events.
 *
 * <p>Security: without the answer all objects in the response count as those of others.
 */
final class ResponseScopeStep implements Step {

    private final DaemonObjects objects;

    ResponseScopeStep(DaemonObjects objects) {
        this.objects = objects;
    }

    @Override
    public boolean concerns(Exchange exchange) {
        return exchange.profile().targets() != null;
    }

    @Override
    public @Nullable CompletableFuture<Verdict> run(Inquiry question) {
        Exchange exchange = question.exchange();
        Scope rules = Objects.requireNonNull(exchange.profile().targets());
        if (Confinement.hasNumbers(exchange.operation())) {
            return question.run(() -> new OwnNumbersLookup(question, rules, objects).next());
        }
        Set<ObjectKind> kinds = ScopedResponses.kinds(rules, exchange.operation());
        return kinds.isEmpty()
                ? null
                : question.run(() -> new OwnObjectsLookup(question, rules, kinds, objects).next());
    }
}
