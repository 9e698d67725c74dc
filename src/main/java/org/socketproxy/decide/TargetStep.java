package org.socketproxy.decide;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.DaemonObjects;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.RemovalQueue;
import org.socketproxy.inquiry.Step;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.policy.BodyJudge;
import org.socketproxy.policy.create.Violation.Remedy;
import org.socketproxy.policy.scope.NameRules;
import org.socketproxy.policy.scope.ObjectRef;
import org.socketproxy.policy.scope.ObjectRefs;
import org.socketproxy.policy.scope.ObjectRule;

/**
 * Asks the daemon about the objects that the path or the query names, and judges them by the rules of the profile: {@code TARGETS},
 * then {@code WRITE_TARGETS}, the selector of the operation, and {@code PROTECT}. The request goes on with the full ids.
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
    public @Nullable CompletableFuture<Verdict> run(Inquiry inquiry) {
        Trial trial = inquiry.trial();
        List<ObjectRule> rules = trial.objectRules();
        if (!rules.isEmpty() && RemovalQueue.isRemoval(trial.operation()) && trial.isBodyStreamed()) {
            return bodies.read(inquiry.exchange(), IGNORED_BODY)
                    .thenCompose(read -> read == Verdict.Passed.INSTANCE
                            ? Objects.requireNonNullElseGet(inTurn(rules, rule -> resolve(inquiry, rule)), read::now)
                            : read.now());
        }
        return inTurn(rules, rule -> resolve(inquiry, rule));
    }

    /** Runs a judge for each rule, until one does not pass the request; returns null if all pass it at once. */
    static @Nullable CompletableFuture<Verdict> inTurn(
            List<ObjectRule> rules, Function<ObjectRule, @Nullable CompletableFuture<Verdict>> judge) {
        for (int i = 0; i < rules.size(); i++) {
            CompletableFuture<Verdict> verdict = judge.apply(rules.get(i));
            if (verdict != null) {
                List<ObjectRule> next = rules.subList(i + 1, rules.size());
                return verdict.thenCompose(found -> found == Verdict.Passed.INSTANCE
                        ? Objects.requireNonNullElseGet(inTurn(next, judge), found::now)
                        : found.now());
            }
        }
        return null;
    }

    private @Nullable CompletableFuture<Verdict> resolve(Inquiry inquiry, ObjectRule rule) {
        Trial trial = inquiry.trial();
        Operation operation = trial.operation();
        String fault = rule.isProtecting() ? null : NameRules.fault(rule.scope(), operation, trial.target());
        if (fault != null) {
            List<Remedy> remedies = rule.remedies(NameRules.images(operation, trial.target()));
            return Verdict.denied(trial, rule, fault, remedies).now();
        }
        ScopeJudge judge = new ScopeJudge(inquiry, rule, objects);
        if (RemovalQueue.isRemoval(operation)) {
            return inquiry.run(() -> objects.removals()
                    .run(rule.scope(), inquiry, () -> inquiry.walk(() -> judge.target(named(rule, trial)))));
        }
        if (rule.isProtecting()) {
            return inquiry.judge(() -> judge.target(named(rule, trial)));
        }
        List<ObjectRef> named = named(rule, trial);
        return named.stream().allMatch(judge::isKnown) ? null : inquiry.judge(() -> judge.target(named));
    }

    private static List<ObjectRef> named(ObjectRule rule, Trial trial) {
        return rule.isProtecting()
                ? ObjectRefs.changed(trial.operation(), trial.target())
                : ObjectRefs.of(trial.operation(), trial.target());
    }
}
