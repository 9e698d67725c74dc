package org.socketproxy.decide;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.eclipse.jetty.http.HttpStatus;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.ProfileConcurrency;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.ProfileLimit;

/**
 * Counts an allowed exchange for its profile until it ends, and denies it with status 429 if the profile has as many open
 * as {@code max} says.
 */
public final class LimitStep extends HttpFilter {
    private static final long serialVersionUID = 1;

    private final transient ProfileConcurrency load;

    public LimitStep(ProfileConcurrency load) {
        this.load = load;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Exchange exchange = Exchange.of(request);
        Profile profile = exchange.profile();
        ProfileConcurrency.Share share = load.take(profile, ProfileLimit.of(exchange.operation()));
        exchange.atEnd(() -> load.release(share));
        ProfileLimit exceeded = share.exceeded();
        if (exceeded == null) {
            chain.doFilter(request, response);
            return;
        }
        exchange.deny(exceeded.code());
        new ErrorReply(HttpStatus.TOO_MANY_REQUESTS_429, profile.limits().sentence(exceeded, profile.origin()))
                .answer(request);
    }
}
