package org.socketproxy.filter;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.eclipse.jetty.server.Request;
import org.socketproxy.audit.AuditLog;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.usage.UsageLedgers;

/**
 * Begins the {@link Exchange} of a request, and completes it when Jetty has completed the response or failed, on any
 * thread. The exchange of a tunnel ends with the tunnel.
 */
public final class AuditFilter extends HttpFilter {
    private static final long serialVersionUID = 1;

    private final transient AuditLog log;
    private final transient UsageLedgers ledgers;

    public AuditFilter(AuditLog log, UsageLedgers ledgers) {
        this.log = log;
        this.ledgers = ledgers;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Exchange exchange = Exchange.begin(request, log, ledgers);
        Request.addCompletionListener(exchange.clientSide().request(), failure -> exchange.completed());
        chain.doFilter(request, response);
    }
}
