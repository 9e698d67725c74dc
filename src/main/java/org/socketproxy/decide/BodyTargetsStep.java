package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.ScopedBody;

/**
 * With {@code TARGETS}, asks the daemon about the objects that a judged body names, denies the request if one of them does not
 * belong to the profile, and forces the labels of the profile on created objects.
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
        Scope rules = Objects.requireNonNull(exchange.profile().targets());
        ScopedBody confined = read(exchange, rules);
        if (confined == null) {
            exchange.deny("target-body");
            return new Verdict.Denied(
                            new ErrorReply(400, exchange.operation().id() + " needs a body that is a JSON object"))
                    .now();
        }
        String fault = confined.fault();
        if (fault != null) {
            exchange.deny("target-name");
            return new Verdict.Denied(new ErrorReply(403, exchange.operation().id() + " " + fault)).now();
        }
        BodyScopeJudge judge = new BodyScopeJudge(
                question, rules, confined, objects, Objects.requireNonNull(self.bodyJudge(exchange, true)));
        return RemovalQueue.isUse(exchange.operation())
                ? question.run(() -> objects.removals().run(rules, question, () -> question.walk(judge::judge)))
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
