package org.socketproxy.server;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRegistration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.ExchangeFilter;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.Settings;
import org.socketproxy.policy.Variables;
import org.socketproxy.proxy.DockerProxyServlet;
import org.socketproxy.proxy.ExtensionFilter;
import org.socketproxy.proxy.PermissionFilter;

/**
 * The one place where the order of the chain stands: exchange, permission, extensions, proxy. The program hands it the
 * parts; a container that deploys the WAR finds it by {@code META-INF/services}, and it reads the environment itself.
 */
public final class SocketProxyInitializer implements ServletContainerInitializer {
    private final @Nullable Parts given;

    /** For a servlet container. */
    public SocketProxyInitializer() {
        this.given = null;
    }

    SocketProxyInitializer(Parts parts) {
        this.given = parts;
    }

    @Override
    public void onStartup(@Nullable Set<Class<?>> classes, ServletContext context) throws ServletException {
        Parts parts = given == null ? readParts() : given;
        // In a container that is not ours somebody else's listeners may block.
        InvocationType invocation = given == null ? InvocationType.BLOCKING : parts.invocation();
        addFilter(context, "exchange", new ExchangeFilter(parts.log(), parts.ledger()));
        addFilter(
                context,
                "permission",
                new PermissionFilter(parts.catalogue(), parts.configuration()::policy, parts.learning()));
        List<Filter> extensions = parts.extensions().filters();
        if (!extensions.isEmpty()) {
            addFilter(context, "extensions", new ExtensionFilter(extensions));
        }
        ServletRegistration.Dynamic proxy =
                context.addServlet("proxy", new DockerProxyServlet(parts.daemon(), parts.exchanges(), invocation));
        proxy.setAsyncSupported(true);
        proxy.setLoadOnStartup(1);
        proxy.addMapping("/*");
        context.addListener(new ServletContextListener() {
            @Override
            public void contextDestroyed(ServletContextEvent event) {
                parts.close();
            }
        });
    }

    private static void addFilter(ServletContext context, String name, Filter filter) {
        FilterRegistration.Dynamic registration = context.addFilter(name, filter);
        registration.setAsyncSupported(true);
        registration.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), true, "/*");
    }

    private static Parts readParts() throws ServletException {
        try {
            return Parts.of(Settings.read(System.getenv(), Variables.load()));
        } catch (InvalidSettingsException invalid) {
            throw new ServletException(invalid.getMessage(), invalid);
        }
    }
}
