package org.socketproxy.decide;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Step;
import org.socketproxy.inquiry.Verdict;
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
    public @Nullable CompletableFuture<Verdict> run(Inquiry inquiry) {
        Trial trial = inquiry.trial();
        Translated versions = trial.translated();
        if (versions == null) {
            return null;
        }
        if (trial.isBodyHeld() || !trial.clientSide().hasBody()) {
            keepIfDifferent(trial, versions);
            return null;
        }
        inquiry.forget(); // the objects can change while a client sends its body
        return bodies.read(inquiry.exchange(), (allowed, body) -> null).thenApply(verdict -> {
            if (verdict instanceof Verdict.Passed) {
                keepIfDifferent(trial, versions);
            }
            return verdict;
        });
    }

    private static void keepIfDifferent(Trial trial, Translated versions) {
        if (!versions.isSame(trial.operation(), JsonBody.of(trial.heldBody()))) {
            trial.translates(null);
            trial.identify(trial.target().withVersion(versions.own()));
        }
    }
}
