package org.socketproxy.server;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRegistration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.jspecify.annotations.Nullable;
import org.socketproxy.filter.AuditFilter;
import org.socketproxy.filter.PermissionFilter;
import org.socketproxy.filter.extension.ExtensionFilter;
import org.socketproxy.forward.DockerProxyServlet;

/**
 * The one place where the order of the chain stands: exchange, permission, extensions, proxy; for the program and the WAR
 * alike.
 */
final class FilterChainInitializer implements ServletContainerInitializer {
    private final ProxyComponents parts;
    private final InvocationType invocation;

    /** @param invocation whether a filter or servlet of the context may block */
    FilterChainInitializer(ProxyComponents parts, InvocationType invocation) {
        this.parts = parts;
        this.invocation = invocation;
    }

    @Override
    public void onStartup(@Nullable Set<Class<?>> classes, ServletContext context) {
        addFilter(context, "exchange", new AuditFilter(parts.log(), parts.ledger()));
        addFilter(context, "permission", new PermissionFilter(parts.catalogue(), parts.configuration()));
        List<Filter> extensions = parts.extensions().filters();
        if (!extensions.isEmpty()) {
            addFilter(context, "extensions", new ExtensionFilter(extensions));
        }
        ServletRegistration.Dynamic proxy =
                context.addServlet("proxy", new DockerProxyServlet(parts.daemon(), parts.exchanges(), invocation));
        proxy.setAsyncSupported(true);
        proxy.setLoadOnStartup(1);
        proxy.addMapping("/*");
    }

    private static void addFilter(ServletContext context, String name, Filter filter) {
        FilterRegistration.Dynamic registration = context.addFilter(name, filter);
        registration.setAsyncSupported(true);
        registration.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), true, "/*");
    }
}
