package org.socketproxy.decide;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.scope.InspectedObject;
import org.socketproxy.policy.scope.QueryReference;
import org.socketproxy.policy.scope.Scope;

/**
 * Inspects the objects that a query names, one after the other, and passes the request on with their ids.
 *
 * <p>Threading: never blocks; runs on the thread that reads the answer of the daemon.
 *
 * <p>Security: a missing object and an object of another profile have the same response.
 */
final class FilterLookup {
    private static final int BAD_REQUEST = 400;
    private static final int NOT_FOUND = 404;
    private static final int ERROR = 500;

    private final Inquiry question;
    private final Scope rules;
    private final Queue<QueryReference> references;
    private RequestTarget target;

    FilterLookup(Inquiry question, Scope rules, List<? extends QueryReference> references) {
        this.question = question;
        this.rules = rules;
        this.references = new ArrayDeque<>(references);
        this.target = question.exchange().target();
    }

    /** Asks about the next object, or passes the request on after the last one. */
    void next() {
        QueryReference reference = references.poll();
        if (reference == null) {
            question.passOn(target);
        } else if (!reference.reference().isPlain()) {
            miss(reference);
        } else {
            question.ask(
                    reference.reference().question(),
                    reference.reference().subject().noun(),
                    found -> judge(reference, found.object(reference.reference().subject())),
                    (status, error) -> isMissing(reference, status));
        }
    }

    private void judge(QueryReference reference, Optional<InspectedObject> described) {
        Optional<InspectedObject> own = described.filter(object -> reference.isOwn(rules, object));
        if (own.isPresent()) {
            target = reference.resolved(target, own.get());
            next();
        } else {
            miss(reference);
        }
    }

    private boolean isMissing(QueryReference reference, int status) {
        boolean isMissing = status == NOT_FOUND || status == BAD_REQUEST || status == ERROR;
        if (isMissing) {
            miss(reference);
        }
        return isMissing;
    }

    private void miss(QueryReference reference) {
        @Nullable RequestTarget left = reference.removed(target);
        if (left == null) {
            question.deny(reference.missing());
        } else {
            target = left;
            next();
        }
    }
}
