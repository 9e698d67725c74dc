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
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.jspecify.annotations.Nullable;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.decide.BodyObjectsStep;
import org.socketproxy.decide.BodyStep;
import org.socketproxy.decide.BodyTargetsStep;
import org.socketproxy.decide.ContainerStep;
import org.socketproxy.decide.DaemonObjects;
import org.socketproxy.decide.LimitStep;
import org.socketproxy.decide.OnceFilter;
import org.socketproxy.decide.ResponseScopeStep;
import org.socketproxy.decide.SelfStep;
import org.socketproxy.decide.TargetStep;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.filter.AuditFilter;
import org.socketproxy.filter.ClientFilter;
import org.socketproxy.filter.PermissionFilter;
import org.socketproxy.filter.extension.ExtensionFilter;
import org.socketproxy.forward.DockerProxyServlet;

/**
 * Registers the filters and the servlet in the order in which they handle a request; the program and the WAR use it.
 *
 * <p>The client filter, the target filter and the container filter dispatch a request again after the answer of the daemon, and the
 * body filter after it has read the body: dispatches of type {@code ASYNC}. The {@link OnceFilter} keeps those of the later three
 * from the filters in front of them.
 */
final class FilterChainInitializer implements ServletContainerInitializer {
    private static final EnumSet<DispatcherType> ONCE = EnumSet.of(DispatcherType.REQUEST);
    private static final EnumSet<DispatcherType> DISPATCHED_AGAIN =
            EnumSet.of(DispatcherType.REQUEST, DispatcherType.ASYNC);

    private final ProxyComponents parts;
    private final InvocationType invocation;

    /** @param invocation whether a filter or servlet of the context may block */
    FilterChainInitializer(ProxyComponents parts, InvocationType invocation) {
        this.parts = parts;
        this.invocation = invocation;
    }

    @Override
    public void onStartup(@Nullable Set<Class<?>> classes, ServletContext context) {
        DockerProxyServlet proxy = new DockerProxyServlet(parts.daemon(), parts.exchanges(), invocation);
        DaemonQuery query =
                new DaemonQuery(parts.daemon(), proxy::client, HeldMemory.ofThisProcess(DaemonQuery.MAX_BYTES));
        DaemonObjects objects = new DaemonObjects(query, parts.unrecreatable());
        parts.self().ask(query);
        parts.names().ask(query);
        parts.containers().ask(query);
        // Begins the exchange before any decision, so that each request has an audit record.
        addFilter(context, "exchange", new AuditFilter(parts.log(), parts.ledgers()), ONCE);
        // Asks which container has the address of the client, if a condition of a profile uses addresses.
        addFilter(context, "client", new ClientFilter(parts.containers(), parts.configuration()), DISPATCHED_AGAIN);
        // Denies what the client's profile does not allow.
        addFilter(
                context,
                "permission",
                new OnceFilter(new PermissionFilter(parts.catalogue(), parts.configuration())),
                DISPATCHED_AGAIN);
        // Counts the exchange for its profile, and denies it beyond a limit of the profile.
        addFilter(context, "limit", new OnceFilter(new LimitStep(parts.load())), DISPATCHED_AGAIN);
        // Confines the object that the path names to those of the profile.
        BodyStep bodies = new BodyStep(parts.exchanges(), parts.self());
        addFilter(context, "target", new TargetStep(objects, parts.exchanges(), bodies), DISPATCHED_AGAIN);
        // Asks for the own objects by which a response is judged.
        addFilter(context, "own-objects", new ResponseScopeStep(objects, parts.exchanges()), DISPATCHED_AGAIN);
        // Denies what acts on the container in which the proxy runs.
        addFilter(context, "self", new SelfStep(parts.self(), objects, parts.exchanges()), DISPATCHED_AGAIN);
        // Judges the container that the request enters, if the profile has rules for it.
        addFilter(context, "container", new ContainerStep(objects, parts.exchanges(), parts.self()), DISPATCHED_AGAIN);
        // Holds and judges the body if the profile has a judge for the operation.
        addFilter(context, "body", bodies, DISPATCHED_AGAIN);
        // Confines the objects that the body names to those of the profile, and forces its labels.
        addFilter(
                context,
                "body-targets",
                new BodyTargetsStep(objects, parts.exchanges(), parts.self()),
                DISPATCHED_AGAIN);
        // Judges the existing objects that the body names.
        addFilter(
                context,
                "body-objects",
                new BodyObjectsStep(objects, parts.exchanges(), parts.self()),
                DISPATCHED_AGAIN);
        // Asks the administrator's filters last: they can deny an allowed request, but not allow a denied one.
        List<Filter> extensions = parts.extensions().filters();
        if (!extensions.isEmpty()) {
            addFilter(context, "extensions", new ExtensionFilter(extensions), DISPATCHED_AGAIN);
        }
        // Forwards the request to the daemon; refuses a request that no filter judged.
        addServlet(context, "proxy", proxy);
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
