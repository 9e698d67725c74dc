package org.socketproxy.decide;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.scope.Confinement;
import org.socketproxy.policy.scope.ObjectKind;
import org.socketproxy.policy.scope.Scope;
import org.socketproxy.policy.scope.ScopedResponses;

/**
 * With {@code TARGETS}, asks the daemon for the own objects by which a response is judged: the services of a list of tasks, the
 * containers of a network, and the objects of events.
 *
 * <p>The filter does not wait for the daemon: {@link OwnObjectsLookup} dispatches the request again.
 *
 * <p>Security: without the answer all objects in the response count as those of others.
 */
public final class ResponseScopeStep extends HttpFilter {
    private static final String ASKED = ResponseScopeStep.class.getName();
    private static final long serialVersionUID = 1;

    private final transient DaemonObjects objects;
    private final transient ActiveExchanges exchanges;

    /** @param exchanges contains an exchange while the daemon is asked */
    public ResponseScopeStep(DaemonObjects objects, ActiveExchanges exchanges) {
        this.objects = objects;
        this.exchanges = exchanges;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Exchange exchange = Exchange.of(request);
        Scope rules = exchange.profile().targets();
        Set<ObjectKind> kinds = rules == null ? Set.of() : ScopedResponses.kinds(rules, exchange.operation());
        boolean hasNumbers = Confinement.hasNumbers(exchange.operation());
        boolean isJudged = !kinds.isEmpty() || hasNumbers;
        if (rules == null || !isJudged || request.getAttribute(ASKED) != null) {
            chain.doFilter(request, response);
            return;
        }
        request.setAttribute(ASKED, true);
        ObjectQuestion question = new ObjectQuestion(exchange, request.startAsync());
        question.begin(exchanges);
        if (hasNumbers) {
            new OwnNumbersLookup(question, rules, objects).next();
        } else {
            new OwnObjectsLookup(question, rules, kinds, objects).next();
        }
    }
}
