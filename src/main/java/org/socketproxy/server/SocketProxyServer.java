package org.socketproxy.server;

import jakarta.servlet.Filter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.AuditLog;
import org.socketproxy.audit.NoticeLog;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.ListenAddress;
import org.socketproxy.config.NetworkAddress;
import org.socketproxy.config.Setting;
import org.socketproxy.config.Settings;
import org.socketproxy.config.StartException;
import org.socketproxy.config.UnixAddress;
import org.socketproxy.daemon.DaemonProbe;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.ProfileConcurrency;
import org.socketproxy.jetty.SelectorCount;
import org.socketproxy.listener.ConnectionLimits;
import org.socketproxy.listener.JsonErrorHandler;
import org.socketproxy.listener.ListenerTls;
import org.socketproxy.listener.ProfileConnections;
import org.socketproxy.listener.TcpConnector;
import org.socketproxy.listener.UnixConnector;
import org.socketproxy.notify.Notifier;
import org.socketproxy.policy.ApiTranslation;
import org.socketproxy.policy.Profiles;
import org.socketproxy.policy.Variables;
import org.socketproxy.reload.CertificateReloader;
import org.socketproxy.reload.ChangePoller.Reloadable;
import org.socketproxy.reload.LiveConfiguration;
import org.socketproxy.status.StartReport;
import org.socketproxy.status.StatusSource.MetricsFacts;
import org.socketproxy.status.StatusSource.Validation;
import org.socketproxy.tls.Credentials;
import org.socketproxy.tls.ListenerCredentials;

/**
 * The running proxy. The listeners for clients and the status page are separate Jetty servers, so that no client listener
 * can reach the status page.
 */
public final class SocketProxyServer implements AutoCloseable {
    private static final int MIN_THREADS = 8;
    /** For requests. A burst on busy processors would start more, and each takes 0.1 MiB. */
    private static final int MAX_REQUEST_THREADS = 64;
    /** The acceptor and the selectors of a listener, or of the client to the daemon. */
    private static final int LISTENER_THREADS = 1 + SelectorCount.OF_THIS_MACHINE;

    /** Short, so that the threads of a burst of clients and their stacks are released soon after it. */
    private static final int IDLE_THREAD_MILLIS = 5000;

    private final Settings settings;
    private final @Nullable ListenerTls tls;
    private final ProxyComponents parts;
    private final DaemonProbe daemonProbe;
    private final StatusCollector facts;
    private final RejectionCounter refusals;
    private final Server proxy;
    private volatile Credentials credentials;
    private final ConnectionLimits connectionLimits;
    private final QueuedThreadPool threads;
    private @Nullable StatusServer status;
    private @Nullable LeaseServer control;

    private SocketProxyServer(Settings settings, Variables variables, ProxyComponents parts, Credentials credentials) {
        this.settings = settings;
        this.tls = credentials.listeners() == null ? null : new ListenerTls(credentials.listeners());
        this.parts = parts;
        this.credentials = credentials;
        this.daemonProbe = DaemonProbe.of(parts.daemon());
        parts.log().watchDaemon(daemonProbe::hasFailed);
        this.refusals = new RejectionCounter(parts.log());
        this.facts =
                new StatusCollector(variables, parts, daemonProbe, refusals, this::listeningAddresses, this::listeners);
        this.connectionLimits = new ConnectionLimits(
                settings.limits(), refusals, new ProfileConnections(parts.profiles(), parts.load()));
        int listeners =
                settings.connections().listen().size() + (parts.leases() == null ? 1 : LeaseServer.MOST_LISTENERS);
        int most = MAX_REQUEST_THREADS + listeners * LISTENER_THREADS;
        this.threads = new QueuedThreadPool(most, MIN_THREADS);
        threads.setName("proxy");
        threads.setIdleTimeout(IDLE_THREAD_MILLIS);
        threads.setMaxEvictCount(most);
        this.proxy = new Server(threads);
    }

    /**
     * Starts the proxy and the status page.
     *
     * @throws StartException if an address is in use, the folder of the daemon's socket is not accessible, or an extension, a
     *     certificate or a key cannot be used; nothing is left running
     */
    public static SocketProxyServer start(Settings settings, Variables variables) throws StartException {
        return start(settings, variables, ProxyComponents.STANDARD_OUTPUT, List.of());
    }

    /**
     * Starts the proxy and the status page, embedded in another program.
     *
     * @param records receives the lines of the audit log, one or more at a time; called by one thread, and must not throw
     * @param given additional filters, called in this order, before the filters of the settings
     * @throws StartException as above, or if one of these filters cannot be initialized; nothing is left running
     */
    public static SocketProxyServer start(
            Settings settings, Variables variables, Consumer<String> records, List<Filter> given)
            throws StartException {
        settings.connections().daemon().check();
        try {
            Credentials credentials = Credentials.load(settings);
            return start(
                    settings, variables, ProxyComponents.of(settings, credentials, records, given, false), credentials);
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
            if (settings.connections().status() != null) {
                server.status = StatusServer.start(
                        settings.connections().status(),
                        settings.limits(),
                        server.facts,
                        server.refusals,
                        server.threads);
            }
            server.connectionLimits.fitOpenFiles();
            if (parts.leases() != null) {
                server.control = LeaseServer.start(
                        server.proxy,
                        parts.leases(),
                        settings.limits(),
                        server.connectionLimits,
                        server.refusals,
                        server.threads);
            }
            return server;
        } catch (StartException cannot) {
            server.close();
            throw cannot;
        }
    }

    private void startProxy() throws StartException {
        for (ListenAddress address : settings.connections().listen()) {
            if (address instanceof UnixAddress unix) {
                proxy.addConnector(new UnixConnector(proxy, unix, settings.limits(), connectionLimits, refusals));
            } else if (address instanceof NetworkAddress network) {
                open(
                        proxy,
                        Setting.LISTEN,
                        new TcpConnector(
                                proxy,
                                network,
                                settings.limits(),
                                connectionLimits,
                                network.isTls() ? tls : null,
                                refusals));
            }
        }
        InvocationType invocation = parts.client().invocation();
        ServletContextHandler context = new ServletContextHandler("/", false, false) {
            @Override
            public InvocationType getInvocationType() {
                return invocation;
            }
        };
        context.getServletHandler().setDecodeAmbiguousURIs(true); // RequestTarget parses the raw target
        context.setErrorHandler(new JsonErrorHandler(settings.limits(), refusals));
        context.addServletContainerInitializer(new FilterChainInitializer(parts));
        proxy.setHandler(context);
        proxy.setErrorHandler(new JsonErrorHandler(settings.limits(), refusals));
        proxy.setDynamic(false);
        start(proxy, "proxy");
        parts.containers().start();
        parts.self().refresh();
        if (parts.configuration().profiles().all().stream()
                .anyMatch(each -> each.profile().get(ApiTranslation.KEY).isAuto())) {
            var unused = parts.version().refresh();
        }
        var unused = PolicyExpiry.announcedBy(parts, proxy.getScheduler());
    }

    /** Opens the connector of an address, so that the error message names this address. */
    static void open(Server server, Setting setting, TcpConnector connector) throws StartException {
        connector.listen(setting);
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

    /** The addresses for clients in the order of {@code LISTEN}, with the actual ports. */
    public List<ListenAddress> listening() {
        List<ListenAddress> listening = new ArrayList<>();
        for (int i = 0; i < settings.connections().listen().size(); i++) {
            ListenAddress address = settings.connections().listen().get(i);
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

    List<String> listeningAddresses() {
        return listening().stream().map(ListenAddress::toString).toList();
    }

    private MetricsFacts.ListenerFacts listeners() {
        Map<String, Integer> open = new LinkedHashMap<>();
        List<String> addresses = listeningAddresses();
        for (int i = 0; i < addresses.size(); i++) {
            open.merge(
                    addresses.get(i),
                    connectors().get(i).getConnectedEndPoints().size(),
                    Integer::sum);
        }
        return new MetricsFacts.ListenerFacts(open, connectionLimits.most(), credentials.expiries());
    }

    /** The connectors in the order of {@code LISTEN}. */
    public List<AbstractConnector> connectors() {
        return Arrays.stream(proxy.getConnectors())
                .map(AbstractConnector.class::cast)
                .toList();
    }

    /**
     * URL of the status page for a browser, such as {@code http://127.0.0.1:8375/}; empty if there is no status page. Contains
     * the token if it is random.
     */
    public String statusPage() {
        return status == null ? "" : status.address();
    }

    /** The configuration in force; a reload applies to the next exchange. */
    public LiveConfiguration configuration() {
        return parts.configuration();
    }

    /** The profiles of all clients, also of leases. */
    public Profiles profiles() {
        return parts.profiles();
    }

    public ActiveExchanges exchanges() {
        return parts.exchanges();
    }

    /** What the clients of each profile have open. */
    public ProfileConcurrency load() {
        return parts.load();
    }

    /** The log of exchanges and policy changes. */
    public AuditLog auditLog() {
        return parts.log();
    }

    /**
     * Creates the reloader of certificate and key files; empty without TLS.
     *
     * @param log receives a line for each change
     */
    public List<Reloadable> tlsFiles(NoticeLog log) {
        return Credentials.files(settings).isEmpty()
                ? List.of()
                : List.of(new CertificateReloader(settings, this::replace, configuration()::reloadedCertificates, log));
    }

    /**
     * Applies new certificates and keys, and closes the connections of clients of a removed CA. Creates both TLS contexts before it applies one, so that a failure changes nothing.
     *
     * @throws IllegalStateException if a TLS context cannot be created
     */
    public void replace(Credentials fresh) {
        ListenerCredentials listeners = fresh.listeners();
        SSLContext forListeners = listeners == null ? null : listeners.toContext();
        SSLContext forDaemon = fresh.daemon() == null ? null : fresh.daemon().toContext();
        if (forDaemon != null) {
            parts.daemon().replaceTls(forDaemon);
        }
        credentials = fresh;
        if (tls != null && listeners != null && forListeners != null) {
            tls.replace(forListeners, listeners.clients());
            connectors().stream()
                    .filter(TcpConnector.class::isInstance)
                    .forEach(connector -> ((TcpConnector) connector).checkCertificates());
        }
    }

    /** Number of active exchanges and tunnels. */
    public int openExchanges() {
        return parts.exchanges().size();
    }

    /** Counts the rejected connections and requests that did not become exchanges. */
    public RejectionCounter refusals() {
        return refusals;
    }

    /** Sets what answers {@code POST /validate} of the status page. */
    void validateBy(Function<String, Validation> check) {
        facts.validateBy(check);
    }

    /** Creates the log of the daemon's state. */
    DaemonStateLog daemonWatch() {
        Notifier notifier = parts.notifier();
        return new DaemonStateLog(
                parts.daemon().address(), daemonProbe, notifier == null ? problem -> {} : notifier::daemon);
    }

    /**
     * Returns the start report: addresses, daemon and granted variables.
     *
     * @param daemonProblem why the daemon does not answer, or empty
     */
    String report(String daemonProblem) {
        return StartReport.of(facts.setup(), statusPage())
                + StartReport.ownContainer(parts.self().reference())
                + StartReport.noDaemon(daemonProblem)
                + StartReport.openDoors(settings, ContainerNetwork.isOwn());
    }

    /**
     * Stops the proxy: stops accepting, and ends the exchanges as {@code DRAIN} and {@code SHUTDOWN_TIMEOUT} say. An interrupt ends
     * only the wait; the interrupt status is set again afterwards.
     */
    @Override
    public void close() {
        for (var connector : proxy.getConnectors()) {
            var unused = connector.shutdown();
        }
        parts.stop(() -> connectionLimits.open() == 0);
        boolean isInterrupted = Thread.interrupted(); // otherwise Jetty does not wait for its threads
        try {
            if (status != null) {
                status.close();
            }
            if (control != null) {
                control.close();
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
