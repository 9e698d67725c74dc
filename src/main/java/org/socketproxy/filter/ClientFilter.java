package org.socketproxy.filter;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.daemon.ClientContainers;
import org.socketproxy.daemon.DaemonQuery.NoAnswerException;
import org.socketproxy.decide.OnceFilter;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.Profiles;

/**
 * Asks the daemon which container has the address of a client, before the first decision on its connection.
 *
 * <p>Security: fails closed; without an answer of the daemon the request is denied.
 *
 * <p>Threading: never blocks. The thread that reads the answer of the daemon dispatches the request again.
 */
public final class ClientFilter extends HttpFilter {
    /** Reason in the audit record. */
    static final String UNKNOWN = "client-lookup";

    private static final Logger LOG = LoggerFactory.getLogger(ClientFilter.class);
    private static final String WAITED = ClientFilter.class.getName();
    private static final long serialVersionUID = 1;

    private final transient ClientContainers containers;
    private final transient Profiles profiles;

    public ClientFilter(ClientContainers containers, Profiles profiles) {
        this.containers = containers;
        this.profiles = profiles;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Exchange exchange = Exchange.of(request);
        if (OnceFilter.isFirst(request) && containers.isDoubtful(exchange.client())) {
            request.setAttribute(WAITED, true);
            AsyncContext async = request.startAsync();
            async.setTimeout(0);
            var unused = containers.refresh().whenComplete((any, failure) -> goOn(exchange, async, failure));
        } else if (request.getAttribute(WAITED) != null) {
            request.removeAttribute(WAITED);
            OnceFilter.resume(request, response, chain);
        } else {
            chain.doFilter(request, response);
        }
    }

    private void goOn(Exchange exchange, AsyncContext async, @Nullable Throwable failure) {
        try {
            if (failure == null) {
                async.dispatch();
                return;
            }
            exchange.assign(profiles.of(exchange.client()));
            exchange.deny(UNKNOWN);
            reply(failure)
                    .answer(exchange.clientSide(), exchange.clientSide().drainThenComplete(exchange.unreadBody()));
        } catch (RuntimeException broken) {
            LOG.warn("Exchange {} cannot go on", exchange.id(), broken);
        }
    }

    private static ErrorReply reply(Throwable failure) {
        Throwable cause = failure instanceof CompletionException wrapped && wrapped.getCause() != null
                ? wrapped.getCause()
                : failure;
        return cause instanceof NoAnswerException unanswered
                ? unanswered.reply()
                : new ErrorReply(
                        502, "the daemon did not describe the networks of this proxy, by which it knows its clients");
    }
}
