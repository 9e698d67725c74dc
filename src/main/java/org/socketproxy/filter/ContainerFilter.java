package org.socketproxy.filter;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.forward.DaemonLookup;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.EnteredContainer;

/**
 * With {@code CREATE=safe}, asks the daemon about the container that a request enters, and denies the request if the
 * container has more than the rules allow. Then the request goes on with the full id of the container.
 *
 * <p>The filter does not wait for the daemon: {@link ContainerLookup} dispatches the request again.
 */
public final class ContainerFilter extends HttpFilter {
    private static final long serialVersionUID = 1;

    private final transient JudgedContainers judged = new JudgedContainers();

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Exchange exchange = Exchange.of(request);
        CreateRules rules = exchange.profile().create();
        EnteredContainer container = rules == null ? null : enteredBy(exchange);
        if (rules == null || container == null || isKnown(rules, container)) {
            chain.doFilter(request, response);
            return;
        }
        DaemonLookup lookup = (DaemonLookup)
                Objects.requireNonNull(request.getServletContext().getAttribute(DaemonLookup.ATTRIBUTE));
        new ContainerLookup(exchange, rules, container, lookup, judged, request.startAsync()).begin();
    }

    private static @Nullable EnteredContainer enteredBy(Exchange exchange) {
        return EnteredContainer.of(exchange.operation(), exchange.target());
    }

    private boolean isKnown(CreateRules rules, EnteredContainer container) {
        return container.place() == EnteredContainer.Place.PATH
                && container.isFullId()
                && judged.isAllowed(rules, container.name());
    }
}
