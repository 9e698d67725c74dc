package org.socketproxy.lease;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.eclipse.jetty.http.HttpMethod;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.lease.LeaseRecord.Kind;

/**
 * Denies the requests of clients of a lease that has ended, and records that a create of a container begins: before it is forwarded,
 * and also if it is refused then, the proxy makes the volumes that the container names.
 */
public final class LeaseGate extends HttpFilter {
    private static final long serialVersionUID = 1;

    private final transient Leases leases;

    public LeaseGate(Leases leases) {
        this.leases = leases;
    }

    private static boolean createsContainer(HttpServletRequest request) {
        return HttpMethod.POST.is(request.getMethod())
                && request.getRequestURI().endsWith("/containers/create");
    }

    /** Returns a number that no other create of the record has. */
    static long numberOfVolumes(Exchange exchange) {
        return -exchange.id();
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Exchange exchange = Exchange.of(request);
        Lease lease = leases.of(exchange.client().listener());
        if (lease == null || isOpen(lease, exchange, request)) {
            chain.doFilter(request, response);
        } else {
            exchange.assign(leases);
            exchange.deny(leases.denial(lease)).answer(request);
        }
    }

    private static boolean isOpen(Lease lease, Exchange exchange, HttpServletRequest request) {
        return lease.state().isUsable()
                && (!createsContainer(request) || lease.record().begin(numberOfVolumes(exchange), Kind.VOLUME));
    }
}
