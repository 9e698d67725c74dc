package org.socketproxy.server;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.Servlet;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRegistration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.socketproxy.decide.BodyStep;
import org.socketproxy.decide.DeniedBodies;
import org.socketproxy.decide.Steps;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.filter.AuditFilter;
import org.socketproxy.filter.DecisionFilter;
import org.socketproxy.filter.PermissionFilter;
import org.socketproxy.filter.extension.ExtensionFilter;
import org.socketproxy.forward.DockerProxyServlet;
import org.socketproxy.lease.LeaseGate;
import org.socketproxy.lease.LeaseObjects;
import org.socketproxy.lease.Leases;
import org.socketproxy.shadow.Shadow;

/**
 * Registers the filters and the servlet in the order in which they handle a request; the program and the WAR use it.
 *
 * <p>The permission filter, the decision filter and the extension filter can wait. Then they dispatch the request again, with type
 * {@code ASYNC}; the state of the exchange tells the filters in front of them that they have judged it.
 */
final class FilterChainInitializer implements ServletContainerInitializer {
    private static final EnumSet<DispatcherType> ONCE = EnumSet.of(DispatcherType.REQUEST);
    private static final EnumSet<DispatcherType> DISPATCHED_AGAIN =
            EnumSet.of(DispatcherType.REQUEST, DispatcherType.ASYNC);

    private final ProxyComponents parts;

    FilterChainInitializer(ProxyComponents parts) {
        this.parts = parts;
    }

    @Override
    public void onStartup(@Nullable Set<Class<?>> classes, ServletContext context) {
        // Begins the exchange before any decision, so that each request has an audit record.
        addFilter(context, "exchange", new AuditFilter(parts.log(), parts.ledgers()), ONCE);
        Leases leases = parts.leases();
        if (leases != null) { // denies the requests of clients of a lease that has ended
            addFilter(context, "lease", new LeaseGate(leases), ONCE);
        }
        // Denies what the client's profile does not allow.
        addFilter(
                context,
                "permission",
                new PermissionFilter(
                        parts.catalogue(),
                        parts.profiles(),
                        parts.containers(),
                        parts.version(),
                        parts.load(),
                        new Shadow(parts.configuration()::shadow, ProxyComponents.newQuery(parts.client())),
                        new DeniedBodies(parts.self())),
                DISPATCHED_AGAIN);
        // Judges the body and the objects of the daemon that the request names.
        Steps steps =
                new Steps(parts.objects(), parts.self(), new BodyStep(parts.self()), parts.load(), parts.exchanges());
        addFilter(context, "decision", new DecisionFilter(steps), DISPATCHED_AGAIN);
        // Asks the administrator's filters last: they can deny an allowed request, but not allow a denied one.
        List<Filter> extensions = parts.extensions().filters();
        if (!extensions.isEmpty()) {
            addFilter(context, "extensions", new ExtensionFilter(extensions), DISPATCHED_AGAIN);
        }
        if (leases != null) { // records what clients of leases create, after everything else allows it
            LeaseObjects objects = new LeaseObjects(leases, ProxyComponents.newQuery(parts.client()));
            parts.objects().beforeVolume(objects::willMakeVolume);
            addFilter(context, "lease objects", objects, DISPATCHED_AGAIN);
        }
        // Forwards the request to the daemon; refuses a request that no filter judged.
        addServlet(
                context,
                "proxy",
                new DockerProxyServlet(parts.client(), parts.exchanges(), parts.version(), HeldMemory.ofThisProcess()));
    }

    private static void addServlet(ServletContext context, String name, Servlet servlet) {
        ServletRegistration.Dynamic registration = context.addServlet(name, servlet);
        registration.setAsyncSupported(true);
        registration.setLoadOnStartup(1);
        registration.addMapping("/*");
    }

    private static void addFilter(
            ServletContext context, String name, Filter filter, EnumSet<DispatcherType> dispatches) {
        FilterRegistration.Dynamic registration = context.addFilter(name, filter);
        registration.setAsyncSupported(true);
        registration.addMappingForUrlPatterns(dispatches, true, "/*");
    }
}
