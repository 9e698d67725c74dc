package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.BodyJudge;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.scope.ObjectRule;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.ScopedBody;

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
    public @Nullable CompletableFuture<Verdict> run(Inquiry question) {
        Exchange exchange = question.exchange();
        List<ObjectRule> rules = exchange.profile()
                .objectRules(exchange.operation(), exchange.decision().isWrite());
        return TargetStep.inTurn(rules, rule -> judge(question, rule));
    }

    private @Nullable CompletableFuture<Verdict> judge(Inquiry question, ObjectRule rule) {
        Exchange exchange = question.exchange();
        BodyJudge bodies = self.bodyJudge(exchange, true);
        if (rule.isProtecting() && exchange.profile().create() == null && ScopedBody.isCreation(exchange.operation())) {
            return null; // such a client has the host
        }
        ScopedBody confined = read(exchange, rule.ofCreated());
        if (confined == null) {
            return Verdict.denied(
                            Reason.TARGET_BODY, 400, exchange.operation().id() + " needs a body that is a JSON object")
                    .now();
        }
        String fault = rule.isProtecting() ? null : confined.fault();
        if (fault != null) {
            return Verdict.denied(Reason.TARGET_NAME, 403, exchange.operation().id() + " " + rule.worded(fault))
                    .now();
        }
        BodyScopeJudge judge = new BodyScopeJudge(question, rule, confined, objects, Objects.requireNonNull(bodies));
        return RemovalQueue.isUse(exchange.operation())
                ? question.run(() -> objects.removals().run(rule.scope(), question, () -> question.walk(judge::judge)))
                : question.judge(judge::judge);
    }

    /** Returns true if the body is to be confined. */
    static boolean isConfinedByBody(Exchange exchange) {
        return exchange.profile().targets() != null && ScopedBody.isOf(exchange.operation());
    }

    /** Parses the held body. Returns null if it is no object. */
    static @Nullable ScopedBody read(Exchange exchange, Scope rules) {
        JsonObject body = body(exchange);
        return body == null ? null : new ScopedBody(rules, exchange.operation(), exchange.target(), body);
    }

    private static @Nullable JsonObject body(Exchange exchange) {
        try {
            if (exchange.operation().id().equals("ImageCommit") && isEmpty(exchange.heldBody())) {
                return JsonObject.EMPTY;
            }
            return exchange.isBodyHeld() && StrictJson.read(exchange.heldBody()) instanceof JsonObject object
                    ? object
                    : null;
        } catch (InvalidJsonException denied) {
            return null;
        }
    }

    /** The docker CLI sends {@code null} for no changes to the configuration of the image. */
    private static boolean isEmpty(ByteBuffer body) throws InvalidJsonException {
        return !body.hasRemaining() || StrictJson.read(body) == JsonLiteral.NULL;
    }
}
