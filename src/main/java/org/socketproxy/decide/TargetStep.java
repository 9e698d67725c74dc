package org.socketproxy.decide;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.BodyJudge;
import org.socketproxy.policy.scope.NameRules;
import org.socketproxy.policy.scope.ObjectRef;
import org.socketproxy.policy.scope.ObjectRefs;
import org.socketproxy.policy.scope.Scope;

/**
 * With {@code TARGETS}, asks the daemon about the objects that the path or the query names. If they belong to the profile, the
 * request goes on with their full ids; otherwise the client gets the daemon's 404.
 */
final class TargetStep implements Step {

    /** The daemon reads no body of a removal, but some clients repeat the parameters of a prune in one. */
    private static final BodyJudge IGNORED_BODY = (allowed, body) -> null;

    private final DaemonObjects objects;
    private final BodyStep bodies;

    /** @param bodies reads the body of a removal */
    TargetStep(DaemonObjects objects, BodyStep bodies) {
        this.objects = objects;
        this.bodies = bodies;
    }

    @Override
    public @Nullable CompletableFuture<Verdict> run(Inquiry question) {
        Exchange exchange = question.exchange();
        Scope rules = Objects.requireNonNull(exchange.profile().targets());
        if (RemovalQueue.isRemoval(exchange.operation()) && exchange.isBodyStreamed()) {
            return bodies.read(exchange, IGNORED_BODY)
                    .thenCompose(read -> read == Verdict.Passed.INSTANCE
                            ? Objects.requireNonNullElseGet(resolve(question, rules), read::now)
                            : read.now());
        }
        return resolve(question, rules);
    }

    private @Nullable CompletableFuture<Verdict> resolve(Inquiry question, Scope rules) {
        Exchange exchange = question.exchange();
        String fault = NameRules.fault(rules, exchange.operation(), exchange.target());
        if (fault != null) {
            exchange.deny("target-name");
            return new Verdict.Denied(new ErrorReply(403, exchange.operation().id() + " " + fault)).now();
        }
        List<ObjectRef> named = ObjectRefs.of(exchange.operation(), exchange.target());
        ScopeJudge judge = new ScopeJudge(question, rules, objects);
        if (RemovalQueue.isRemoval(exchange.operation())) {
            return question.run(() ->
                    objects.removals().run(rules, question, () -> question.walk(() -> judge.target(named))));
        }
        return named.stream().allMatch(judge::isKnown) ? null : question.judge(() -> judge.target(named));
    }
}
