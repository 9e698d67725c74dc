package org.socketproxy.server;

import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import java.util.Arrays;
import java.util.List;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.NetworkConnector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.Settings;
import org.socketproxy.config.StartException;
import org.socketproxy.daemon.DaemonProbe;
import org.socketproxy.listener.JsonErrorHandler;
import org.socketproxy.policy.Variables;
import org.socketproxy.tls.Credentials;

/**
 * The WAR, deployed in a Jetty that is not ours: the chain behind that server's listeners, and the status page on a listener
 * of its own. {@code web.xml} names it, so that no module is needed that looks for initializers.
 *
 * <p>Security: what is wrong with the configuration fails the deployment; a context that failed answers 503 to everything.
 */
public final class WebApplication implements ServletContextListener {
    private static final Logger LOG = LoggerFactory.getLogger(WebApplication.class);
    /** The page is for a few people. */
    private static final int STATUS_THREADS = 16;

    private static final int MIN_STATUS_THREADS = 4;

    private @Nullable ProxyComponents parts;
    private @Nullable StatusServer status;
    private Scheduler.@Nullable Task endOfLearning;

    @Override
    public void contextInitialized(ServletContextEvent event) {
        try {
            deploy(event.getServletContext());
        } catch (InvalidSettingsException | StartException wrong) {
            close();
            String sentences = String.valueOf(wrong.getMessage());
            sentences.lines().forEach(sentence -> LOG.error("{}", sentence)); // a line each, which a stack trace is not
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
        deployed.ofNoUse().forEach(sentence -> LOG.warn("{}", sentence));
        settings.notices().stream().map(deployed::place).forEach(notice -> LOG.warn("{}", notice.sentence()));
        SocketProxyServer.checkSocketFolder(settings.daemon());
        ProxyComponents made = ProxyComponents.of(settings, Credentials.load(settings));
        parts = made;
        RejectionCounter refusals = new RejectionCounter(made.log());
        ServletContextHandler handler = ServletContextHandler.getServletContextHandler(context);
        Server server = handler.getServer();
        handler.setErrorHandler(new JsonErrorHandler(settings.limits(), refusals));
        // Others' listeners and handlers may block.
        new FilterChainInitializer(made, InvocationType.BLOCKING).onStartup(null, context);
        StatusCollector facts = new StatusCollector(
                variables, made, DaemonProbe.of(made.daemon()), refusals, () -> listenersOf(server));
        String page = "";
        if (settings.status() != null) {
            QueuedThreadPool threads = new QueuedThreadPool(STATUS_THREADS, MIN_STATUS_THREADS);
            threads.setName("status");
            status = StatusServer.start(settings.status(), settings.limits(), facts, refusals, threads);
            page = status.address();
        }
        if (made.learning().mode().isOn()) {
            endOfLearning = SocketProxyServer.announceEndOfLearning(made, server.getScheduler());
        }
        StartReport.of(facts.setup(), page).lines().forEach(line -> LOG.info("{}", line));
    }

    /** Clients ask for {@code /containers/json} and the like, and most of them know no other place for it. */
    private static void checkPath(String path) throws StartException {
        if (!path.isEmpty()) {
            throw new StartException(
                    "The context path is " + path + ", where no Docker client looks for the API. Deploy at"
                            + " the root: name the file root.war, or set the context path to /");
        }
    }

    /** As that server has them; until it listens, with the port that it was told, or none. */
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

    /** Ends what is endless at once, and waits a bounded time for the rest. */
    private void close() {
        ProxyComponents made = parts;
        StatusServer page = status;
        parts = null;
        status = null;
        if (endOfLearning != null) {
            endOfLearning.cancel();
            endOfLearning = null;
        }
        try {
            if (made != null) {
                made.exchanges().stop(made.configuration().settings().shutdownTimeout());
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
