package org.socketproxy.decide;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.ElementTransform;
import org.socketproxy.policy.scope.Confinement;
import org.socketproxy.policy.scope.InfoCounts;
import org.socketproxy.policy.scope.ObjectIdentity;
import org.socketproxy.policy.scope.ObjectKind;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.ScopeQuery;
import org.socketproxy.policy.scope.ScopedResponses;

/**
 * With {@code TARGETS}, asks the daemon for the own objects by which a response is judged: the services of a list of tasks, the
 * containers of a network, and the objects of events.
 *
 * <p>Security: without the answer all objects in the response count as objects of other profiles.
 */
final class ResponseScopeStep implements Step {

    private final DaemonObjects objects;

    ResponseScopeStep(DaemonObjects objects) {
        this.objects = objects;
    }

    @Override
    public @Nullable CompletableFuture<Verdict> run(Inquiry question) {
        Exchange exchange = question.exchange();
        Scope rules = Objects.requireNonNull(exchange.profile().targets());
        if (Confinement.hasNumbers(exchange.operation())) {
            InfoCounts counts = new InfoCounts(rules);
            return question.run(() -> count(question, counts, new ArrayDeque<>(counts.lists())));
        }
        Set<ObjectKind> kinds = ScopedResponses.kinds(rules, exchange.operation());
        return kinds.isEmpty()
                ? null
                : question.run(() -> new OwnObjectsLookup(question, rules, kinds, objects).next());
    }

    /** Counts the profile's objects, one list after the other, for the response of {@code /info}. */
    private static void count(Inquiry question, InfoCounts counts, Queue<ScopeQuery> lists) {
        Exchange exchange = question.exchange();
        ScopeQuery list = lists.poll();
        if (list == null) {
            exchange.show(new ElementTransform(counts.elements(exchange.operation())));
            question.passOn(exchange.target());
            return;
        }
        question.ask(list.target(), list.kind().noun(), found -> {
            List<ObjectIdentity> objects = found.objects(list).orElse(null);
            if (objects == null) {
                String problem = "the daemon's list of " + list.kind().word() + " cannot be read";
                question.deny(list.kind().noun() + "-lookup", new ErrorReply(502, problem));
            } else {
                counts.count(list, objects.size());
                count(question, counts, lists);
            }
        });
    }
}
