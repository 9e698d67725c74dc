package org.socketproxy.server;

import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import java.util.Arrays;
import java.util.List;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.NetworkConnector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.Settings;
import org.socketproxy.config.StartException;
import org.socketproxy.daemon.DaemonProbe;
import org.socketproxy.listener.JsonErrorHandler;
import org.socketproxy.policy.ProfileLimits;
import org.socketproxy.policy.ProfileLimits.ProfileLimit;
import org.socketproxy.policy.Variables;
import org.socketproxy.status.StartReport;
import org.socketproxy.status.StatusSource.MetricsFacts;
import org.socketproxy.tls.Credentials;

/**
 * Entry point of the WAR in an external Jetty. Installs the filter chain behind that server's listeners and starts the status
 * page on its own listener. {@code web.xml} registers this listener, because Jetty finds a {@code
 * ServletContainerInitializer} only with its annotations module.
 *
 * <p>Security: an invalid configuration fails the deployment. Jetty answers all requests to a failed context with 503.
 */
public final class WebApplication implements ServletContextListener {
    private static final Logger LOG = LoggerFactory.getLogger(WebApplication.class);
    private static final int STATUS_THREADS = 16;

    private static final int MIN_STATUS_THREADS = 4;

    private @Nullable ProxyComponents parts;
    private @Nullable StatusServer status;
    private @Nullable PolicyExpiry endOfLearning;

    @Override
    public void contextInitialized(ServletContextEvent event) {
        try {
            deploy(event.getServletContext());
        } catch (InvalidSettingsException | StartException wrong) {
            close();
            String sentences = String.valueOf(wrong.getMessage());
            sentences
                    .lines()
                    .forEach(sentence -> LOG.error("{}", sentence)); // one line each; the stack trace has all in one
            throw new IllegalStateException("The proxy cannot be deployed:\n" + sentences, wrong);
        } catch (RuntimeException broken) {
            close();
            throw broken;
        }
    }

    private void deploy(ServletContext context) throws InvalidSettingsException, StartException {
        checkPath(context.getContextPath());
        ContextSettings deployed = ContextSettings.of(System.getenv(), context);
        Variables variables = Variables.load();
        Settings settings = deployed.read(variables);
        deployed.ignored().forEach(sentence -> LOG.warn("{}", sentence));
        settings.findings().notices().stream()
                .map(deployed::place)
                .forEach(notice -> LOG.warn("{}", notice.sentence()));
        settings.policy().all().stream()
                .filter(profile ->
                        profile.values().get(ProfileLimits.KEY).highest().containsKey(ProfileLimit.CONNECTIONS))
                .forEach(profile -> LOG.warn(
                        "Profile {}: max.connections has no effect, because the server of the WAR accepts the connections",
                        profile.name()));
        settings.connections().daemon().check();
        ProxyComponents made = ProxyComponents.of(
                settings, Credentials.load(settings), ProxyComponents.STANDARD_OUTPUT, List.of(), true);
        parts = made;
        RejectionCounter refusals = new RejectionCounter(made.log());
        ServletContextHandler handler = ServletContextHandler.getServletContextHandler(context);
        Server server = handler.getServer();
        handler.setErrorHandler(new JsonErrorHandler(settings.limits(), refusals));
        new FilterChainInitializer(made).onStartup(null, context);
        made.containers().start();
        StatusCollector facts = new StatusCollector(
                variables,
                made,
                DaemonProbe.of(made.daemon()),
                refusals,
                () -> listenersOf(server),
                () -> MetricsFacts.ListenerFacts.NONE);
        String page = "";
        if (settings.connections().status() != null) {
            QueuedThreadPool threads = new QueuedThreadPool(STATUS_THREADS, MIN_STATUS_THREADS);
            threads.setName("status");
            status = StatusServer.start(settings.connections().status(), settings.limits(), facts, refusals, threads);
            page = status.address();
        }
        endOfLearning = PolicyExpiry.announcedBy(made, server.getScheduler());
        StartReport.of(facts.setup(), page).lines().forEach(line -> LOG.info("{}", line));
    }

    /** Docker clients send paths such as {@code /containers/json}, and most of them cannot add a prefix. */
    private static void checkPath(String path) throws StartException {
        if (!path.isEmpty()) {
            throw new StartException(
                    "The context path is " + path + ", but Docker clients use the API at the root. Deploy at the root:"
                            + " name the file root.war, or set the context path to /");
        }
    }

    /** The addresses of the server's connectors, with the configured port until the connector listens. */
    private static List<String> listenersOf(Server server) {
        return Arrays.stream(server.getConnectors())
                .filter(NetworkConnector.class::isInstance)
                .map(NetworkConnector.class::cast)
                .map(connector -> connector.getHost() + ":"
                        + (connector.getLocalPort() > 0 ? connector.getLocalPort() : connector.getPort()))
                .map(address -> "http://" + address.replaceFirst("^null:", ":"))
                .toList();
    }

    @Override
    public void contextDestroyed(ServletContextEvent event) {
        close();
    }

    /** Ends the exchanges as {@code DRAIN} and {@code SHUTDOWN_TIMEOUT} say. */
    private void close() {
        ProxyComponents made = parts;
        StatusServer page = status;
        parts = null;
        status = null;
        if (endOfLearning != null) {
            endOfLearning.close();
            endOfLearning = null;
        }
        try {
            if (made != null) {
                made.stop(() -> true);
            }
        } finally {
            if (page != null) {
                page.close();
            }
            if (made != null) {
                made.close();
            }
        }
    }
}
