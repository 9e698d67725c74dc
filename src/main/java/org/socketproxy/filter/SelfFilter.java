package org.socketproxy.filter;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.DenialMessage;
import org.socketproxy.policy.self.OwnContainer;
import org.socketproxy.policy.self.SelfRule;

/**
 * Denies a request that acts on the container in which the proxy runs, or on what this container uses, whatever the profile
 * allows. {@link SelfProtection} knows the container.
 *
 * <p>Security: fails closed; before the daemon has described the container, a request that could act on it gets 503.
 *
 * <p>Threading: never blocks. Only for the start of an exec, and for a name that is also the beginning of the own id, it asks the
 * daemon first.
 */
public final class SelfFilter extends HttpFilter {
    static final String UNKNOWN = "self-unknown";

    private static final Logger LOG = LoggerFactory.getLogger(SelfFilter.class);
    private static final long serialVersionUID = 1;

    private final transient SelfProtection self;
    private final transient DaemonObjects objects;
    private final transient ActiveExchanges exchanges;

    /** @param exchanges contains an exchange while the daemon is asked about its object */
    public SelfFilter(SelfProtection self, DaemonObjects objects, ActiveExchanges exchanges) {
        this.self = self;
        this.objects = objects;
        this.exchanges = exchanges;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Exchange exchange = Exchange.of(request);
        boolean isJudged = isJudged(request, exchange);
        ErrorReply denial = isJudged ? judge(exchange) : null;
        OwnContainer own = self.container();
        if (denial != null) {
            denial.answer(request);
        } else if (isJudged && own != null && isDoubtful(own, exchange)) {
            ObjectQuestion question = new ObjectQuestion(exchange, request.startAsync());
            question.begin(exchanges);
            new SelfLookup(question, own, objects).ask();
        } else {
            chain.doFilter(request, response);
        }
    }

    private boolean isDoubtful(OwnContainer own, Exchange exchange) {
        // With CREATE=safe the container filter asks for the container of an exec.
        boolean isAsked = exchange.profile().create() != null || SelfLookup.container(objects, exchange) != null;
        return SelfProtection.rules(exchange).stream()
                .anyMatch(rule -> rule.object() == SelfRule.Kind.EXEC ? !isAsked : isDoubtful(rule, own, exchange));
    }

    private static boolean isDoubtful(SelfRule rule, OwnContainer own, Exchange exchange) {
        return rule.doubtfulName(own, exchange.operation(), exchange.target()) != null;
    }

    /**
     * Without targets, judges the request as the client has sent it: a later dispatch has the id in place of the name. With
     * targets, the target filter may already have dispatched it again, and has denied every object outside of the profile.
     */
    private boolean isJudged(HttpServletRequest request, Exchange exchange) {
        return self.isOn() && (OnceFilter.isFirst(request) || exchange.profile().targets() != null);
    }

    private @Nullable ErrorReply judge(Exchange exchange) {
        try {
            List<SelfRule> rules = SelfProtection.rules(exchange);
            if (rules.isEmpty()) {
                return null;
            }
            self.refreshIfDue();
            OwnContainer own = self.container();
            if (own != null && isBroken(rules, own, exchange)) {
                return deny(exchange);
            }
            return self.isUnknown() ? denyUnknown(exchange) : null;
        } catch (RuntimeException | StackOverflowError broken) {
            LOG.error("Exchange {} is denied, because the protection of the proxy failed", exchange.id(), broken);
            exchange.deny("internal-error");
            return new ErrorReply(500, "the proxy failed to decide, so this request is not allowed; see the log");
        }
    }

    private boolean isBroken(List<SelfRule> rules, OwnContainer own, Exchange exchange) {
        boolean isUpdater = exchange.profile().isUpdater();
        return own.id().equals(SelfLookup.container(objects, exchange))
                || rules.stream()
                        .anyMatch(rule -> rule.isBroken(own, exchange.operation(), exchange.target(), isUpdater)
                                && (self.isUnknown() || !isDoubtful(rule, own, exchange)));
    }

    /** Denies an exchange that could act on the own container, which the daemon has not described yet. */
    static ErrorReply denyUnknown(Exchange exchange) {
        exchange.deny(UNKNOWN);
        return new ErrorReply(
                503,
                "the daemon has not described the container of this proxy yet, so this request could act on it:"
                        + " try again, or set PROTECT_SELF=0");
    }

    /** Denies an exchange that acts on the own container. */
    static ErrorReply deny(Exchange exchange) {
        Decision denial =
                Decision.selfProtected(exchange.operation(), exchange.decision().isWrite());
        exchange.deny(denial);
        return new ErrorReply(
                403, DenialMessage.sentence(denial, exchange.profile().origin(), List::of));
    }
}
