package org.socketproxy.decide;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.policy.ElementTransform;
import org.socketproxy.policy.scope.InfoCounts;
import org.socketproxy.policy.scope.ObjectIdentity;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.ScopeQuery;

/**
 * Counts the own objects, one list after the other, then dispatches a request for {@code /info} again with the transform of its
 * response.
 *
 * <p>Threading: never blocks; runs on the thread that reads the answers of the daemon.
 */
final class OwnNumbersLookup {
    private final Inquiry question;
    private final DaemonObjects objects;
    private final InfoCounts numbers;
    private final Queue<ScopeQuery> lists;

    OwnNumbersLookup(Inquiry question, Scope rules, DaemonObjects objects) {
        this.question = question;
        this.objects = objects;
        this.numbers = new InfoCounts(rules);
        this.lists = new ArrayDeque<>(numbers.lists());
    }

    /** Asks for the next list, or passes the request on after the last one. */
    void next() {
        ScopeQuery list = lists.poll();
        if (list == null) {
            question.exchange()
                    .show(new ElementTransform(
                            numbers.elements(question.exchange().operation())));
            question.passOn(question.exchange().target());
            return;
        }
        question.ask(list.target(), list.kind().noun(), found -> count(list, found.objects(list)));
    }

    private void count(ScopeQuery list, Optional<List<ObjectIdentity>> found) {
        if (found.isPresent()) {
            numbers.count(list, found.get().size());
            next();
        } else {
            String kind = list.kind().noun();
            question.deny(
                    kind + "-lookup",
                    new ErrorReply(502, "the daemon's list of " + list.kind().word() + " cannot be read"));
        }
    }
}
