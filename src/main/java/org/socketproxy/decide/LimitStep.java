package org.socketproxy.decide;

import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.Denial;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.ProfileConcurrency;
import org.socketproxy.exchange.Trial;
import org.socketproxy.inquiry.Inquiry;
import org.socketproxy.inquiry.Step;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.ProfileLimits.ProfileLimit;

/**
 * Counts an allowed exchange for its profile until it ends, and denies it with status 429 if the profile has as many open
 * as {@code max} says.
 */
final class LimitStep implements Step {

    private final ProfileConcurrency load;

    LimitStep(ProfileConcurrency load) {
        this.load = load;
    }

    @Override
    public @Nullable CompletableFuture<Verdict> run(Inquiry inquiry) {
        Trial trial = inquiry.trial();
        Profile profile = trial.profile();
        ProfileConcurrency.Share share = load.take(profile, ProfileLimit.of(trial.operation()));
        inquiry.exchange().atEnd(() -> load.release(share));
        ProfileLimit exceeded = share.exceeded();
        if (exceeded == null) {
            return null;
        }
        ErrorReply reply = new ErrorReply(
                HttpStatus.TOO_MANY_REQUESTS_429, profile.limits().sentence(exceeded, profile.origin()));
        return new Verdict.Denied(Denial.of(exceeded.reason(), reply)).now();
    }
}
