package org.socketproxy.filter;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.ee10.servlet.ServletContextResponse;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.socketproxy.audit.AuditLog;
import org.socketproxy.client.Client;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.usage.UsageLedger;

/**
 * Opens the {@link Exchange}, and ends it when the response is complete or has failed, whoever answered, on whichever
 * thread. An exchange that became a tunnel is ended by the tunnel.
 */
public final class AuditFilter extends HttpFilter {
    private static final long serialVersionUID = 1;

    private final transient AuditLog log;
    private final transient UsageLedger ledger;

    public AuditFilter(AuditLog log, UsageLedger ledger) {
        this.log = log;
        this.ledger = ledger;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        ServletContextRequest core = ServletContextRequest.getServletContextRequest(request);
        Exchange exchange = new Exchange(Client.of(core), request.getMethod(), request.getRequestURI(), log, ledger);
        request.setAttribute(Exchange.ATTRIBUTE, exchange);
        Request.addCompletionListener(core, failure -> {
            if (!exchange.isTunnel()) {
                ServletContextResponse sent = core.getServletContextResponse();
                exchange.end(
                        sent.isCommitted() ? sent.getStatus() : 0,
                        Request.getContentBytesRead(core),
                        Response.getContentBytesWritten(sent));
            }
        });
        chain.doFilter(request, response);
    }
}
