package org.socketproxy.decide;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.ApiTranslation.Translated;

/**
 * Reads the body of a request that is forwarded with a newer API version, if bodies of its operation differ. A body that could mean
 * something else in the newer version is forwarded with the client's own version, which the permission filter has judged too.
 */
final class ApiVersionStep implements Step {
    private final BodyStep bodies;

    ApiVersionStep(BodyStep bodies) {
        this.bodies = bodies;
    }

    @Override
    public @Nullable CompletableFuture<Verdict> run(Inquiry question) {
        Exchange exchange = question.exchange();
        Translated versions = exchange.notes().translated();
        if (versions == null) {
            return null;
        }
        if (exchange.isBodyHeld() || !exchange.clientSide().hasBody()) {
            keepIfDifferent(exchange, versions);
            return null;
        }
        question.forget(); // the objects can change while a client sends its body
        return bodies.read(exchange, (allowed, body) -> null).thenApply(verdict -> {
            if (verdict instanceof Verdict.Passed) {
                keepIfDifferent(exchange, versions);
            }
            return verdict;
        });
    }

    private static void keepIfDifferent(Exchange exchange, Translated versions) {
        if (!versions.isSame(exchange.operation(), JsonBody.of(exchange.heldBody()))) {
            exchange.notes().translates(null);
            exchange.identify(exchange.target().withVersion(versions.own()));
        }
    }
}
