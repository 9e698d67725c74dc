package org.socketproxy.lease;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.socketproxy.exchange.Exchange;

/** Denies the requests of clients of a lease that has ended, and counts the denials of all leases. */
public final class LeaseGate extends HttpFilter {
    private static final long serialVersionUID = 1;

    private final transient Leases leases;

    public LeaseGate(Leases leases) {
        this.leases = leases;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Exchange exchange = Exchange.of(request);
        Lease lease = leases.of(exchange.client().listener());
        if (lease != null) {
            exchange.atEnd(() -> {
                if (exchange.wasDenied()) {
                    lease.denied();
                }
            });
        }
        if (lease == null || lease.state().isUsable()) {
            chain.doFilter(request, response);
        } else {
            exchange.assign(leases);
            exchange.deny(lease.denial()).answer(request);
        }
    }
}
