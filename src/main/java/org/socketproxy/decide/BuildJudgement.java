package org.socketproxy.decide;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationRules.Verb;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.DaemonObjects;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.build.BuildMessage;
import org.socketproxy.policy.build.BuildRules;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.scope.NameRules;
import org.socketproxy.policy.scope.ObjectRule;

/** Judges a Solve of BuildKit by the rules of the profile, and replaces its message by the one that the proxy forwards. */
final class BuildJudgement {
    private final Inquiry inquiry;
    private final Trial trial;

    /** Returns true if the message of an operation is judged by rules of the profile. */
    static boolean concerns(Profile profile, Operation operation) {
        Verb verb = operation.verb();
        return (verb == Verb.SOLVE || verb == Verb.BRIDGE_SOLVE) && profile.buildRules(operation) != null;
    }

    BuildJudgement(Inquiry inquiry) {
        this.inquiry = inquiry;
        this.trial = inquiry.trial();
    }

    /**
     * Judges the message of the exchange.
     *
     * @return the denial; or null after the body was replaced, or without rules
     */
    @Nullable
    Verdict judge(BuildMessage message) {
        Profile profile = trial.profile();
        BuildRules rules = profile.buildRules(trial.operation());
        if (rules == null) {
            return null;
        }
        List<Violation> violations = rules.judge(message);
        if (!violations.isEmpty()) {
            return rules.create() == null
                    ? denied(Reason.TARGET_BODY, ": " + violations.get(0).subject())
                    : inquiry.denied(violations);
        }
        for (ObjectRule rule : profile.objectRules(trial.operation(), true)) {
            List<String> names = BuildRules.imageNames(message);
            String fault = rule.isProtecting() ? null : NameRules.builtFault(rule.scope(), names);
            if (fault != null) {
                return Verdict.denied(trial, rule, fault, rule.remedies(names));
            }
        }
        trial.hold(rules.rewrite(message).encode());
        return null;
    }

    /** Denies a build that takes a name from an image that {@code PROTECT} selects. */
    CompletableFuture<Verdict> protect(BuildMessage message, DaemonObjects objects) {
        List<String> names = BuildRules.imageNames(message).stream()
                .filter(name -> !name.isEmpty())
                .toList();
        CompletableFuture<Verdict> verdict = Verdict.Passed.INSTANCE.now();
        for (ObjectRule rule : trial.profile().objectRules(trial.operation(), true)) {
            if (rule.isProtecting() && !names.isEmpty()) {
                verdict = BuildIds.then(
                        verdict, () -> inquiry.judge(() -> new ScopeJudge(inquiry, rule, objects).images(names)));
            }
        }
        return verdict;
    }

    private Verdict denied(Reason reason, String end) {
        return Verdict.denied(reason, 403, trial.operation().id() + end);
    }
}
