package org.socketproxy.filter.extension;

import jakarta.servlet.Filter;
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
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.extension.ExchangeFacts;
import org.socketproxy.policy.Decision;

/**
 * Calls each extension in order for a request that the policy allows; the first denial or failure denies the request.
 *
 * <p>Security: an extension can only deny. It gets a read-only view instead of the forwarded request, and the proxy
 * sends no byte to the daemon before all extensions have returned.
 */
public final class ExtensionFilter extends HttpFilter {
    /** Go's form parser gives parameters of such a body precedence over the query; no Docker client sends one. */
    private static final Logger LOG = LoggerFactory.getLogger(ExtensionFilter.class);

    private static final long serialVersionUID = 1;

    private final transient List<Filter> extensions;

    /** @param extensions in the order of their invocation */
    public ExtensionFilter(List<Filter> extensions) {
        this.extensions = List.copyOf(extensions);
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        ErrorReply rejection = invokeAll(request, response);
        if (rejection == null) {
            chain.doFilter(request, response);
        } else {
            rejection.answer(request);
        }
    }

    private @Nullable ErrorReply invokeAll(HttpServletRequest request, HttpServletResponse response) {
        Exchange exchange = Exchange.of(request);
        ReadOnlyRequestView view = new ReadOnlyRequestView(request, facts(exchange));
        for (Filter extension : extensions) {
            ExtensionInvocation.Outcome outcome = ExtensionInvocation.invoke(extension, view, response);
            if (outcome instanceof ExtensionInvocation.Denied denied) {
                exchange.deny("extension", nameOf(extension));
                return denied.reply();
            }
            if (outcome instanceof ExtensionInvocation.Failed failed) {
                LOG.error(
                        "Exchange {} is denied, because the extension {} failed: {}",
                        exchange.id(),
                        nameOf(extension),
                        failed.sentence(),
                        failed.cause());
                exchange.deny("extension-failed", nameOf(extension));
                return new ErrorReply(
                        500,
                        "the extension " + nameOf(extension) + " failed, so this request is not allowed; see the log");
            }
        }
        return null;
    }

    /** Returns the extension's name in the audit log, its class name. */
    public static String nameOf(Filter extension) {
        return extension.getClass().getName();
    }

    private static ExchangeFacts facts(Exchange exchange) {
        Operation operation = exchange.operation();
        Decision decision = exchange.decision();
        RequestTarget target = exchange.target();
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
