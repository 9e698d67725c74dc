package org.socketproxy.testing;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.AuditFormat;
import org.socketproxy.audit.AuditLog;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.config.NetworkAddress;
import org.socketproxy.config.ProfileSettings;
import org.socketproxy.config.Settings;
import org.socketproxy.daemon.ClientContainers;
import org.socketproxy.daemon.Daemon;
import org.socketproxy.daemon.DaemonClient;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.daemon.DaemonVersion;
import org.socketproxy.decide.BodyStep;
import org.socketproxy.decide.DeniedBodies;
import org.socketproxy.decide.Steps;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.exchange.ProfileConcurrency;
import org.socketproxy.filter.AuditFilter;
import org.socketproxy.filter.DecisionFilter;
import org.socketproxy.filter.PermissionFilter;
import org.socketproxy.filter.extension.ExtensionFilter;
import org.socketproxy.forward.DockerProxyServlet;
import org.socketproxy.inquiry.DaemonObjects;
import org.socketproxy.listener.ConnectionLimits;
import org.socketproxy.listener.TcpConnector;
import org.socketproxy.policy.BodyRules;
import org.socketproxy.policy.Compatibility;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Policy;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.ProfileOrigin;
import org.socketproxy.policy.ProfileParts;
import org.socketproxy.policy.Profiles;
import org.socketproxy.policy.ResponseTransform;
import org.socketproxy.policy.Variables;
import org.socketproxy.protect.SelfProtection;
import org.socketproxy.shadow.Shadow;
import org.socketproxy.usage.UsageLedgers;

/** The filter chain with every variable on, with parts of the test's own in it, behind a TCP listener. */
public final class ChainUnderTest implements AutoCloseable {
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Variables VARIABLES = Variables.load();
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final Policy POLICY = Policy.of(
            CATALOGUE,
            ParameterRules.load(),
            VARIABLES.all().stream().map(variable -> variable.name()).collect(Collectors.toSet()),
            Compatibility.LINUXSERVER);

    private final BlockingQueue<String> records = new LinkedBlockingQueue<>();
    private final ActiveExchanges exchanges = new ActiveExchanges();
    private final Server server = new Server();
    private final AuditLog log;
    private final Map<String, String> settings = new HashMap<>();
    private Duration queryTimeout = LONG;

    private ChainUnderTest() {
        this.log = AuditLog.to(
                lines -> lines.lines().forEach(records::add),
                AuditFormat.TEXT,
                ZoneOffset.UTC,
                entry -> true,
                () -> false);
    }

    /**
     * A chain with a step for bodies, the rules that it applies, and extensions.
     */
    public static ChainUnderTest with(FakeDaemon daemon, BodyStep bodies, BodyRules rules, Filter... extensions)
            throws Exception {
        ChainUnderTest chain = new ChainUnderTest();
        chain.start(
                daemon.host(),
                bodies,
                rules,
                List.of(extensions),
                ResponseTransform.Factory.NONE,
                HeldMemory.ofThisProcess());
        return chain;
    }

    /**
     * A chain whose profile transforms responses.
     *
     * @param host address of the daemon in the form of {@code DOCKER_HOST}
     * @param memory for the transforms
     */
    public static ChainUnderTest transforming(String host, ResponseTransform.Factory transforms, HeldMemory memory)
            throws Exception {
        ChainUnderTest chain = new ChainUnderTest();
        chain.start(host, new BodyStep(), BodyRules.none(), List.of(), transforms, memory);
        return chain;
    }

    /**
     * A chain with {@code CREATE=safe} and further settings, for a test that needs no timeout of a query.
     *
     * @param host address of the daemon in the form of {@code DOCKER_HOST}
     */
    public static ChainUnderTest safe(String host, Map<String, String> settings) throws Exception {
        return safe(host, LONG, settings);
    }

    /** The same with a limit of memory. */
    public static ChainUnderTest safe(String host, Map<String, String> settings, HeldMemory memory) throws Exception {
        return safe(host, LONG, settings, memory);
    }

    /**
     * A chain with {@code CREATE=safe} and further settings.
     *
     * @param host address of the daemon in the form of {@code DOCKER_HOST}
     * @param timeout of a query to the daemon
     */
    public static ChainUnderTest safe(String host, Duration timeout, Map<String, String> settings) throws Exception {
        return safe(host, timeout, settings, HeldMemory.ofThisProcess());
    }

    /**
     * A chain with {@code CREATE=safe}, further settings, and a limit of memory.
     *
     * @param memory for answers to the questions of the proxy, and for the transforms of responses
     */
    public static ChainUnderTest safe(String host, Duration timeout, Map<String, String> settings, HeldMemory memory)
            throws Exception {
        ChainUnderTest chain = new ChainUnderTest();
        chain.settings.put("CREATE", "safe");
        chain.settings.putAll(settings);
        chain.queryTimeout = timeout;
        chain.start(host, new BodyStep(), null, List.of(), ResponseTransform.Factory.NONE, memory);
        return chain;
    }

    private void start(
            String host,
            BodyStep bodies,
            @Nullable BodyRules rules,
            List<Filter> extensions,
            ResponseTransform.Factory transforms,
            HeldMemory memory)
            throws Exception {
        this.settings.putAll(Map.of("LISTEN", "tcp://127.0.0.1:0", "DOCKER_HOST", host));
        Settings settings = Settings.read(this.settings, VARIABLES);
        Daemon daemon = DaemonClient.daemonAt(settings.connections().daemon(), null);
        ProfileSettings given = settings.policy().otherwise();
        ProfileParts parts = Profile.of(ProfileOrigin.ENVIRONMENT, POLICY);
        Profile profile = rules == null
                ? parts.create(Objects.requireNonNull(given.create()).with(POLICY.granted()))
                        .targets(given.targets())
                        .writes(given.writes().forProfile())
                        .values(given.values())
                        .build()
                : parts.bodies(rules).transforms(transforms).build();
        InvocationType invocation = extensions.isEmpty() ? InvocationType.NON_BLOCKING : InvocationType.BLOCKING;
        RejectionCounter rejections = new RejectionCounter(log);
        server.addConnector(new TcpConnector(
                server,
                (NetworkAddress) settings.connections().listen().get(0),
                settings.limits(),
                new ConnectionLimits(settings.limits(), rejections),
                null,
                rejections));
        ServletContextHandler context = new ServletContextHandler("/", false, false) {
            @Override
            public InvocationType getInvocationType() {
                return invocation;
            }
        };
        context.getServletHandler().setDecodeAmbiguousURIs(true);
        context.addServletContainerInitializer((classes, servlets) -> {
            EnumSet<DispatcherType> once = EnumSet.of(DispatcherType.REQUEST);
            add(servlets, "audit", new AuditFilter(log, UsageLedgers.beginning(Instant.now())), once);
            add(servlets, "permission", permission(client -> profile), once);
            DaemonClient client = new DaemonClient(daemon, invocation);
            DockerProxyServlet servlet =
                    new DockerProxyServlet(client, exchanges, new DaemonVersion(DaemonQuery.NONE), memory);
            DaemonQuery query = new DaemonQuery(client, memory, queryTimeout);
            DaemonObjects objects = new DaemonObjects(query);
            EnumSet<DispatcherType> both = EnumSet.of(DispatcherType.REQUEST, DispatcherType.ASYNC);
            Steps steps = new Steps(objects, SelfProtection.NONE, bodies, new ProfileConcurrency(), exchanges);
            add(servlets, "decision", new DecisionFilter(steps), both);
            if (!extensions.isEmpty()) {
                add(servlets, "extensions", new ExtensionFilter(extensions), both);
            }
            var proxy = servlets.addServlet("proxy", servlet);
            proxy.setAsyncSupported(true);
            proxy.addMapping("/*");
        });
        server.setHandler(context);
        server.setDynamic(false);
        server.start();
    }

    /** Creates a filter that knows each client by its connection, and not the version of the daemon. */
    public static PermissionFilter permission(Profiles profiles) {
        return new PermissionFilter(
                CATALOGUE,
                profiles,
                new ClientContainers("", DaemonQuery.NONE),
                new DaemonVersion(DaemonQuery.NONE),
                new ProfileConcurrency(),
                new Shadow(() -> null, DaemonQuery.NONE),
                new DeniedBodies(SelfProtection.NONE));
    }

    private static void add(ServletContext context, String name, Filter filter, EnumSet<DispatcherType> dispatches) {
        FilterRegistration.Dynamic registration = context.addFilter(name, filter);
        registration.setAsyncSupported(true);
        registration.addMappingForUrlPatterns(dispatches, true, "/*");
    }

    public RawClient connect() throws IOException {
        return RawClient.connect(port());
    }

    public int port() {
        return ((ServerConnector) server.getConnectors()[0]).getLocalPort();
    }

    /** The next audit record, without its time, numbers and client. */
    public String takeRecord() throws InterruptedException {
        String line = records.poll(300, TimeUnit.SECONDS);
        if (line == null) {
            throw new AssertionError("No audit record was written within five minutes");
        }
        return line.replaceFirst(" seq=\\d+$", "").split(" ", 4)[3];
    }

    /** Returns whether the test has taken every audit record. */
    public boolean isEveryRecordTaken() {
        return records.isEmpty();
    }

    /** Ends the active exchanges as a stop of the program does. Returns the number of those aborted. */
    public int stopExchanges(Duration grace) {
        return exchanges.stop(() -> grace, () -> Duration.ZERO, () -> true);
    }

    /** Returns the number of active exchanges. */
    public int openExchanges() {
        return exchanges.size();
    }

    @Override
    public void close() throws Exception {
        server.stop();
        log.close();
    }
}
