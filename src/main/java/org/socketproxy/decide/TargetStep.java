package org.socketproxy.decide;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.BodyJudge;
import org.socketproxy.policy.scope.FilterReferences;
import org.socketproxy.policy.scope.NameRules;
import org.socketproxy.policy.scope.NamedObject;
import org.socketproxy.policy.scope.ParameterReferences;
import org.socketproxy.policy.scope.QueryReference;
import org.socketproxy.policy.scope.Scope;

/**
 * With {@code TARGETS}, asks the daemon about the objects that the path or the query names. If they belong to the profile, the
 * request goes on with their full ids; if not, the response is the daemon's for a missing object.
 *
 * <p>The filter does not wait for the daemon: {@link TargetLookup} or {@link FilterLookup} dispatches the request again.
 */
public final class TargetStep extends HttpFilter {
    private static final long serialVersionUID = 1;

    private static final String JUDGED = TargetStep.class.getName();
    /** The daemon reads no body of a removal, but some clients repeat the parameters of a prune in one. */
    private static final BodyJudge IGNORED_BODY = (allowed, body) -> null;

    private final transient DaemonObjects objects;
    private final transient ActiveExchanges exchanges;
    private final transient BodyStep bodies;

    /**
     * Creates the filter.
     *
     * @param exchanges contains an exchange while the daemon is asked about its object
     * @param bodies reads the body of a request that waits for others
     */
    public TargetStep(DaemonObjects objects, ActiveExchanges exchanges, BodyStep bodies) {
        this.objects = objects;
        this.exchanges = exchanges;
        this.bodies = bodies;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Exchange exchange = Exchange.of(request);
        Scope rules = exchange.profile().targets();
        if (rules == null || request.getAttribute(JUDGED) != null) {
            chain.doFilter(request, response);
            return;
        }
        boolean isInTurn = RemovalQueue.isRemoval(exchange.operation());
        if (isInTurn && exchange.isBodyStreamed()) {
            bodies.read(exchange, IGNORED_BODY, request);
            return;
        }
        request.setAttribute(JUDGED, true);
        String fault = NameRules.fault(rules, exchange.operation(), exchange.target());
        if (fault != null) {
            exchange.deny("target-name");
            new ErrorReply(403, exchange.operation().id() + " " + fault).answer(request);
            return;
        }
        List<QueryReference> references = new ArrayList<>(FilterReferences.of(exchange.operation(), exchange.target()));
        references.addAll(ParameterReferences.of(exchange.operation(), exchange.target()));
        NamedObject named = NamedObject.of(exchange.operation(), exchange.target());
        boolean isJudged = named == null || TargetLookup.isKnown(objects, rules, named);
        if (references.isEmpty() && isJudged && !isInTurn) {
            chain.doFilter(request, response);
            return;
        }
        ObjectQuestion question = new ObjectQuestion(exchange, request.startAsync());
        question.begin(exchanges);
        Runnable step = step(question, rules, references, named);
        if (isInTurn) {
            objects.removals().run(rules, question, step);
        } else {
            step.run();
        }
    }

    private Runnable step(
            ObjectQuestion question, Scope rules, List<QueryReference> references, @Nullable NamedObject named) {
        if (!references.isEmpty()) {
            return () -> new FilterLookup(question, rules, references, objects).next();
        }
        return named == null // a prune
                ? () -> question.passOn(question.exchange().target())
                : () -> new TargetLookup(question, rules, named, objects).ask();
    }
}
