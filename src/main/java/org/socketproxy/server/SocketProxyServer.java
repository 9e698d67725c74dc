package org.socketproxy.server;

import jakarta.servlet.Filter;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.audit.AuditLog;
import org.socketproxy.audit.PolicyChange;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.config.DaemonAddress;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.ListenAddress;
import org.socketproxy.config.NetworkAddress;
import org.socketproxy.config.Setting;
import org.socketproxy.config.Settings;
import org.socketproxy.config.StartException;
import org.socketproxy.config.UnixAddress;
import org.socketproxy.daemon.DaemonProbe;
import org.socketproxy.listener.ConnectionLimits;
import org.socketproxy.listener.JsonErrorHandler;
import org.socketproxy.listener.ListenerTls;
import org.socketproxy.listener.TcpConnector;
import org.socketproxy.listener.UnixConnector;
import org.socketproxy.policy.Variables;
import org.socketproxy.reload.CertificateReloader;
import org.socketproxy.reload.LiveConfiguration;
import org.socketproxy.reload.Reloadable;
import org.socketproxy.tls.Credentials;

/**
 * The whole program, running: the proxy on its listeners, and the status page on a server of its own, so that nothing of
 * the one can be reached by the other.
 */
public final class SocketProxyServer implements AutoCloseable {
    private static final int MIN_THREADS = 8;
    private static final int MAX_THREADS = 200;
    /** A burst of clients takes a thread each for a moment; afterwards their stacks are not kept. */
    private static final int IDLE_THREAD_MILLIS = 5000;

    private static final Logger LOG = LoggerFactory.getLogger(SocketProxyServer.class);

    private final Settings settings;
    private final @Nullable ListenerTls tls;
    private final ProxyComponents parts;
    private final DaemonProbe daemonProbe;
    private final StatusCollector facts;
    private final RejectionCounter refusals;
    private final Server proxy;
    private final QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, MIN_THREADS);
    /** Null for none. */
    private @Nullable StatusServer status;

    private SocketProxyServer(Settings settings, Variables variables, ProxyComponents parts, Credentials credentials) {
        this.settings = settings;
        this.tls = credentials.listeners() == null ? null : new ListenerTls(credentials.listeners());
        this.parts = parts;
        this.daemonProbe = DaemonProbe.of(parts.daemon());
        this.refusals = new RejectionCounter(parts.log());
        this.facts = new StatusCollector(variables, parts, daemonProbe, refusals, this::listeningAddresses);
        threads.setName("proxy");
        threads.setIdleTimeout(IDLE_THREAD_MILLIS);
        threads.setMaxEvictCount(MAX_THREADS);
        this.proxy = new Server(threads);
    }

    /**
     * Starts everything.
     *
     * @throws StartException if an address is taken, the socket's folder may not be entered, or an extension, a certificate
     *     or a key cannot be used; nothing is left running
     */
    public static SocketProxyServer start(Settings settings, Variables variables) throws StartException {
        checkSocketFolder(settings.daemon());
        try {
            Credentials credentials = Credentials.load(settings);
            return start(settings, variables, ProxyComponents.of(settings, credentials), credentials);
        } catch (InvalidSettingsException invalid) {
            throw StartException.of(invalid);
        }
    }

    /**
     * Starts everything, within somebody else's program.
     *
     * @param records takes the lines of the audit log, one or many at a time; called by one thread, and must not throw
     * @param given filters that are asked before those that the settings name, in this order
     * @throws StartException as above, or if one of these filters cannot be initialized; nothing is left running
     */
    public static SocketProxyServer start(
            Settings settings, Variables variables, Consumer<String> records, List<Filter> given)
            throws StartException {
        checkSocketFolder(settings.daemon());
        try {
            Credentials credentials = Credentials.load(settings);
            return start(settings, variables, ProxyComponents.of(settings, credentials, records, given), credentials);
        } catch (InvalidSettingsException invalid) {
            throw StartException.of(invalid);
        }
    }

    private static SocketProxyServer start(
            Settings settings, Variables variables, ProxyComponents parts, Credentials credentials)
            throws StartException {
        SocketProxyServer server = new SocketProxyServer(settings, variables, parts, credentials);
        try {
            server.startProxy();
            if (settings.status() != null) {
                server.status = StatusServer.start(
                        settings.status(), settings.limits(), server.facts, server.refusals, server.threads);
            }
            return server;
        } catch (StartException cannot) {
            server.close();
            throw cannot;
        }
    }

    /** A daemon that is not there yet is no reason not to start, so only what exists of the way to it is looked at. */
    static void checkSocketFolder(DaemonAddress address) throws StartException {
        if (!(address instanceof DaemonAddress.Unix daemon)) {
            return;
        }
        Path folder = daemon.socket().getParent();
        while (folder != null && Files.notExists(folder)) { // false where this user may not even look
            folder = folder.getParent();
        }
        if (folder != null && !(Files.isDirectory(folder) && Files.isExecutable(folder))) {
            throw new StartException(daemon.setting() + ": " + folder
                    + " is no folder that this user may enter. Mount the daemon's socket there,"
                    + " or run as a user or group that may enter it");
        }
    }

    private void startProxy() throws StartException {
        ConnectionLimits connectionLimits = new ConnectionLimits(settings.limits(), refusals);
        for (ListenAddress address : settings.listen()) {
            if (address instanceof UnixAddress unix) {
                proxy.addConnector(new UnixConnector(proxy, unix, settings.limits(), connectionLimits, refusals));
            } else if (address instanceof NetworkAddress network) {
                open(
                        proxy,
                        Setting.LISTEN,
                        network,
                        new TcpConnector(
                                proxy,
                                network,
                                settings.limits(),
                                connectionLimits,
                                network.isTls() ? tls : null,
                                refusals));
            }
        }
        InvocationType invocation = parts.invocation();
        ServletContextHandler context = new ServletContextHandler("/", false, false) {
            @Override
            public InvocationType getInvocationType() {
                return invocation;
            }
        };
        context.getServletHandler().setDecodeAmbiguousURIs(true); // nobody decodes: RequestTarget reads the raw target
        context.setErrorHandler(new JsonErrorHandler(settings.limits(), refusals));
        context.addServletContainerInitializer(new FilterChainInitializer(parts, invocation));
        proxy.setHandler(context);
        proxy.setErrorHandler(new JsonErrorHandler(settings.limits(), refusals));
        proxy.setDynamic(false);
        start(proxy, "proxy");
        if (parts.learning().mode().isOn()) {
            var unused = announceEndOfLearning(parts, proxy.getScheduler());
        }
    }

    /** Opens a connector for an address, so that a failure is told as this address's. */
    static void open(Server server, Setting setting, NetworkAddress address, TcpConnector connector)
            throws StartException {
        try {
            connector.open();
        } catch (IOException failed) {
            throw StartException.cannotListen(setting, address, failed);
        }
        server.addConnector(connector);
    }

    static void start(Server server, String name) throws StartException {
        try {
            server.start();
        } catch (StartException known) {
            throw known;
        } catch (Exception failed) {
            throw new StartException("the " + name + " cannot start: " + failed, failed);
        }
    }

    /** The addresses on which clients can connect, in the order of {@code LISTEN}, with the ports that the system chose. */
    public List<ListenAddress> listening() {
        List<ListenAddress> listening = new ArrayList<>();
        for (int i = 0; i < settings.listen().size(); i++) {
            ListenAddress address = settings.listen().get(i);
            if (address instanceof NetworkAddress network && connectors().get(i) instanceof ServerConnector open) {
                address = network.withPort(open.getLocalPort());
            }
            listening.add(address);
        }
        return listening;
    }

    /**
     * The port of the first address that has one.
     *
     * @throws java.util.NoSuchElementException if there are only Unix sockets
     */
    public int port() {
        return listening().stream()
                .filter(NetworkAddress.class::isInstance)
                .map(address -> ((NetworkAddress) address).port())
                .findFirst()
                .orElseThrow();
    }

    private List<String> listeningAddresses() {
        return listening().stream().map(ListenAddress::toString).toList();
    }

    /** In the order of the addresses in {@code LISTEN}. */
    public List<AbstractConnector> connectors() {
        return Arrays.stream(proxy.getConnectors())
                .map(AbstractConnector.class::cast)
                .toList();
    }

    /**
     * An address that opens the status page in a browser, such as {@code http://127.0.0.1:8375/}, or empty for none. If the
     * token is a random one it stands in it.
     */
    public String statusPage() {
        return status == null ? "" : status.address();
    }

    /** What holds now; the next exchange is judged by what takes its place. */
    public LiveConfiguration configuration() {
        return parts.configuration();
    }

    /** Where changes of the policy are written, beside the exchanges. */
    public AuditLog auditLog() {
        return parts.log();
    }

    /**
     * What watches the files of certificates and keys; nothing where nobody speaks TLS.
     *
     * @param log told of each change
     */
    public List<Reloadable> tlsFiles(PrintStream log) {
        return Credentials.files(settings).isEmpty()
                ? List.of()
                : List.of(new CertificateReloader(settings, this::replace, configuration()::reloaded, log));
    }

    /**
     * Makes both contexts before it applies either, so that a failure changes nothing.
     *
     * @throws IllegalStateException if one of them cannot be made
     */
    public void replace(Credentials fresh) {
        SSLContext forListeners =
                fresh.listeners() == null ? null : fresh.listeners().toContext();
        SSLContext forDaemon = fresh.daemon() == null ? null : fresh.daemon().toContext();
        if (forDaemon != null) {
            parts.daemon().replaceTls(forDaemon);
        }
        if (tls != null && forListeners != null) {
            tls.replace(forListeners);
        }
    }

    /** How many exchanges and tunnels are under way. */
    public int openExchanges() {
        return parts.exchanges().size();
    }

    /** What was refused before it was an exchange. */
    public RejectionCounter refusals() {
        return refusals;
    }

    /** What logs whether the daemon answers. */
    DaemonStateLog daemonWatch() {
        return new DaemonStateLog(parts.daemon().address(), daemonProbe);
    }

    /**
     * Says where it listens, which daemon it guards and what is allowed.
     *
     * @param daemonProblem why the daemon does not answer, or empty
     */
    void report(PrintStream out, String daemonProblem) {
        out.print(StartReport.of(facts.setup(), statusPage())
                + StartReport.noDaemon(daemonProblem)
                + StartReport.openDoors(settings, ContainerNetwork.isOwn()));
        out.flush();
    }

    /** The end of learning is told when it comes, and not when the next exchange does. */
    static Scheduler.Task announceEndOfLearning(ProxyComponents parts, Scheduler scheduler) {
        return scheduler.schedule(
                () -> {
                    LOG.warn("Learn mode has ended: from now on the variables are enforced");
                    parts.log().write(PolicyChange.learnOff(Instant.now()));
                },
                parts.learning().mode().left().toMillis() + 1,
                TimeUnit.MILLISECONDS);
    }

    /**
     * Stops accepting, ends what is endless at once, waits a bounded time for the rest, and stops. An interrupt ends the
     * wait, not the stop; the thread is interrupted again afterwards.
     */
    @Override
    public void close() {
        for (var connector : proxy.getConnectors()) {
            var unused = connector.shutdown();
        }
        parts.exchanges().stop(parts.configuration().settings().shutdownTimeout());
        boolean isInterrupted = Thread.interrupted(); // else Jetty would not wait for its threads
        try {
            if (status != null) {
                status.close();
            }
            proxy.stop();
        } catch (Exception failed) {
            throw new IllegalStateException("The server did not stop", failed);
        } finally {
            parts.close();
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
