package org.socketproxy.testing;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.socketproxy.audit.AuditFormat;
import org.socketproxy.audit.AuditLog;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.client.Client;
import org.socketproxy.client.ClientMatcher;
import org.socketproxy.config.ListenAddress;
import org.socketproxy.config.NetworkAddress;
import org.socketproxy.config.Settings;
import org.socketproxy.config.UnixAddress;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.filter.AuditFilter;
import org.socketproxy.listener.ConnectionLimits;
import org.socketproxy.listener.ListenerTls;
import org.socketproxy.listener.TcpConnector;
import org.socketproxy.listener.UnixConnector;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.Profile;
import org.socketproxy.policy.Variables;
import org.socketproxy.tls.Credentials;
import org.socketproxy.usage.UsageLedgers;

/**
 * The listeners and the permission filter of the proxy, with one profile for each condition. The first condition that
 * matches a client gives the profile; other clients get one that denies everything. Instead of a daemon, a servlet
 * answers with the name of the profile and the client.
 */
public final class MatchedListeners implements AutoCloseable {
    /** Name of the profile of the clients that no condition matches. */
    public static final String NOBODY = "nobody";

    private final Map<ClientMatcher, Profile> profiles = new LinkedHashMap<>();
    private final Profile others = TestProfile.named(NOBODY, LearnMode.off(), Set.of());
    private final List<String> records = new CopyOnWriteArrayList<>();
    private final AuditLog log =
            AuditLog.to(records::add, AuditFormat.TEXT, ZoneOffset.UTC, written -> true, () -> false);
    private final Server server = new Server();

    /**
     * Opens the listeners.
     *
     * @param environment {@code LISTEN}, and the settings of TLS
     * @param variables the variables that each condition grants; a profile has the text of its condition as name
     */
    public MatchedListeners(Map<String, String> environment, Map<ClientMatcher, Set<String>> variables)
            throws Exception {
        variables.forEach((condition, granted) ->
                profiles.put(condition, TestProfile.named(condition.text(), LearnMode.off(), granted)));
        Settings settings = Settings.read(environment, Variables.load());
        Credentials credentials = Credentials.load(settings);
        RejectionCounter rejections = new RejectionCounter(log);
        ConnectionLimits limits = new ConnectionLimits(settings.limits(), rejections);
        for (ListenAddress address : settings.connections().listen()) {
            if (address instanceof UnixAddress unix) {
                server.addConnector(new UnixConnector(server, unix, settings.limits(), limits, rejections));
            } else {
                NetworkAddress network = (NetworkAddress) address;
                ListenerTls tls = network.isTls() ? new ListenerTls(credentials.listeners()) : null;
                server.addConnector(new TcpConnector(server, network, settings.limits(), limits, tls, rejections));
            }
        }
        ServletContextHandler context = new ServletContextHandler("/", false, false);
        context.addFilter(
                new FilterHolder(new AuditFilter(log, UsageLedgers.beginning(Instant.EPOCH))),
                "/*",
                EnumSet.of(DispatcherType.REQUEST));
        context.addFilter(
                new FilterHolder(ChainUnderTest.permission(this::profileOf)), "/*", EnumSet.of(DispatcherType.REQUEST));
        context.addServlet(new ProfileName(), "/*");
        server.setHandler(context);
        server.start();
    }

    private Profile profileOf(Client client) {
        return profiles.entrySet().stream()
                .filter(each -> each.getKey().matches(client))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(others);
    }

    /** Answers with the profile and the client of the exchange. */
    private static final class ProfileName extends HttpServlet {
        private static final long serialVersionUID = 1;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            Exchange exchange = Exchange.of(request);
            response.getWriter()
                    .print("[" + exchange.trial().profile().name() + "]["
                            + exchange.client().name() + "]\n");
        }
    }

    /** The port of a TCP listener, counted from 0 in the order of {@code LISTEN}. */
    public int port(int listener) {
        return ((ServerConnector) server.getConnectors()[listener]).getLocalPort();
    }

    /** The audit records so far. */
    public String records() {
        return String.join("", records);
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception failed) {
            throw new IllegalStateException(failed);
        } finally {
            log.close();
        }
    }
}
