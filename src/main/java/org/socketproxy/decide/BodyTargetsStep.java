package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.DaemonObjects;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.RemovalQueue;
import org.socketproxy.inquiry.Step;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.BodyJudge;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.scope.ObjectRule;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.ScopedBody;
import org.socketproxy.protect.SelfProtection;

/**
 * Asks the daemon about the objects that a judged body names, judges them by the rules of {@link TargetStep}, and forces the labels
 * of the rules on created objects.
 */
final class BodyTargetsStep implements Step {

    private final DaemonObjects objects;
    private final SelfProtection self;

    /** @param self judges the bodies that name the proxy's own container */
    BodyTargetsStep(DaemonObjects objects, SelfProtection self) {
        this.objects = objects;
        this.self = self;
    }

    @Override
    public @Nullable CompletableFuture<Verdict> run(Inquiry inquiry) {
        return TargetStep.inTurn(inquiry.trial().objectRules(), rule -> judge(inquiry, rule));
    }

    private @Nullable CompletableFuture<Verdict> judge(Inquiry inquiry, ObjectRule rule) {
        Trial trial = inquiry.trial();
        BodyJudge bodies = self.bodyJudge(trial, true);
        if (rule.isProtecting() && trial.profile().create() == null && ScopedBody.isCreation(trial.operation())) {
            return null; // such a client has the host
        }
        ScopedBody confined = read(trial, rule.ofCreated());
        if (confined == null) {
            return Verdict.denied(
                            Reason.TARGET_BODY, 400, trial.operation().id() + " needs a body that is a JSON object")
                    .now();
        }
        String fault = rule.isProtecting() ? null : confined.fault();
        if (fault != null) {
            return Verdict.denied(trial, rule, fault, List.of()).now();
        }
        BodyScopeJudge judge = new BodyScopeJudge(inquiry, rule, confined, objects, Objects.requireNonNull(bodies));
        return RemovalQueue.isUse(trial.operation())
                ? inquiry.run(() -> objects.removals().run(rule.scope(), inquiry, () -> inquiry.walk(judge::judge)))
                : inquiry.judge(judge::judge);
    }

    /** Parses the held body. Returns null if it is no object. */
    static @Nullable ScopedBody read(Trial trial, Scope rules) {
        JsonObject body = body(trial);
        return body == null ? null : new ScopedBody(rules, trial.operation(), trial.target(), body);
    }

    private static @Nullable JsonObject body(Trial trial) {
        try {
            if (trial.operation().id().equals("ImageCommit") && isEmpty(trial.heldBody())) {
                return JsonObject.EMPTY;
            }
            return trial.isBodyHeld() && StrictJson.read(trial.heldBody()) instanceof JsonObject object ? object : null;
        } catch (InvalidJsonException denied) {
            return null;
        }
    }

    /** The docker CLI sends {@code null} for no changes to the configuration of the image. */
    private static boolean isEmpty(ByteBuffer body) throws InvalidJsonException {
        return !body.hasRemaining() || StrictJson.read(body) == JsonLiteral.NULL;
    }
}
