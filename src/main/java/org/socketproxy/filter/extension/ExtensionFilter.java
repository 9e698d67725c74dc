package org.socketproxy.filter.extension;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.extension.ExchangeFacts;
import org.socketproxy.policy.Decision;

/**
 * Calls each extension in order for a request that the policy allows; the first denial or failure denies the request. An
 * {@link ExtensionCall} does it on another thread.
 *
 * <p>Security: an extension can only deny. It gets a read-only view instead of the forwarded request, and the proxy
 * sends no byte to the daemon before all extensions have returned.
 */
public final class ExtensionFilter extends HttpFilter {
    /** Attribute of a request that all extensions have allowed. */
    static final String PASSED = ExtensionFilter.class.getName();

    private static final long serialVersionUID = 1;

    private final transient List<Filter> extensions;
    private final transient ExtensionThreads threads = new ExtensionThreads();

    /** @param extensions in the order of their invocation */
    public ExtensionFilter(List<Filter> extensions) {
        this.extensions = List.copyOf(extensions);
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (extensions.isEmpty() || request.getAttribute(PASSED) != null) {
            chain.doFilter(request, response);
            return;
        }
        Exchange exchange = Exchange.of(request);
        ReadOnlyRequestView view = new ReadOnlyRequestView(request, facts(exchange));
        threads.run(exchange.client().limitKey(), new ExtensionCall(exchange, extensions, request, response, view));
    }

    /** Returns the extension's name in the audit log, its class name. */
    public static String nameOf(Filter extension) {
        return extension.getClass().getName();
    }

    private static ExchangeFacts facts(Exchange exchange) {
        Operation operation = exchange.trial().operation();
        Decision decision = exchange.trial().decision();
        RequestTarget target = exchange.trial().target();
        return new ExchangeFacts(
                exchange.id(),
                exchange.client().address(),
                new ExchangeFacts.Operation(
                        operation.id(), operation.method(), operation.path().toString(), decision.isWrite()),
                new ExchangeFacts.Decision(
                        decision.isAllowed(), decision.reason().code(), decision.by()),
                new ExchangeFacts.Target(target.raw(), target.version(), target.segments(), target.parameters()));
    }
}
