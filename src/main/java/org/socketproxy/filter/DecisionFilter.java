package org.socketproxy.filter;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.socketproxy.decide.Steps;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.ExchangeState;

/** Decides on a permitted request with the {@link Steps}. Passes the request on when they have decided. */
public final class DecisionFilter extends HttpFilter {
    private static final long serialVersionUID = 1;

    private final transient Steps steps;

    public DecisionFilter(Steps steps) {
        this.steps = steps;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Exchange exchange = Exchange.of(request);
        if (!exchange.is(ExchangeState.DECIDING) || steps.decide(exchange, request)) {
            chain.doFilter(request, response);
        }
    }
}
