package org.socketproxy.filter;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.audit.AuditFormat;
import org.socketproxy.audit.AuditLog;
import org.socketproxy.client.Client;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.Profile;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.TestProfile;
import org.socketproxy.usage.UsageLedgers;

/** The permission filter judges each client by the profile that is assigned to it. */
class ProfilePerClientTest {
    private final Map<String, Profile> byAddress = Map.of(
            "127.0.0.1", TestProfile.named("reader", LearnMode.off(), Set.of("CONTAINERS")),
            "127.0.0.2", TestProfile.named("puller", LearnMode.off(), Set.of("IMAGES", "POST")),
            "127.0.0.3",
                    TestProfile.named("learner", LearnMode.until(Instant.now().plus(Duration.ofHours(1))), Set.of()));

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final ByteArrayOutputStream records = new ByteArrayOutputStream();
    private final AuditLog log = AuditLog.to(
            new PrintStream(records, true, StandardCharsets.UTF_8)::print,
            AuditFormat.TEXT,
            ZoneOffset.UTC,
            written -> true,
            () -> false);
    private final Server server = new Server();

    @BeforeEach
    void start() throws Exception {
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler("/", false, false);
        addFilter(context, new AuditFilter(log, UsageLedgers.beginning(Instant.EPOCH)));
        addFilter(context, ChainUnderTest.permission(this::profileOf));
        context.addServlet(new ProfileName(), "/*");
        server.setHandler(context);
        server.start();
    }

    private static void addFilter(ServletContextHandler context, Filter filter) {
        context.addFilter(new FilterHolder(filter), "/*", EnumSet.of(DispatcherType.REQUEST));
    }

    private Profile profileOf(Client client) {
        asked.add(client.address());
        return Objects.requireNonNull(byAddress.get(client.address()), "this client has no profile");
    }

    /** Answers with the name of the profile that the exchange holds. */
    private static final class ProfileName extends HttpServlet {
        private static final long serialVersionUID = 1;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.getWriter().print(Exchange.of(request).trial().profile().name());
        }
    }

    @AfterEach
    void stop() throws Exception {
        server.stop();
        log.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // client  | method | target                                     | status | part of the response
                "127.0.0.1 | GET    | /containers/json                           | 200    | reader",
                "127.0.0.1 | GET    | /images/json                               | 403    | set IMAGES=1",
                "127.0.0.1 | POST   | /images/create                             | 403    | set CREATE=safe and IMAGES=1 and POST=1",
                "127.0.0.2 | GET    | /containers/json                           | 403    | set CREATE=safe and CONTAINERS=1",
                "127.0.0.2 | GET    | /images/json                               | 200    | puller",
                "127.0.0.2 | POST   | /images/create                             | 200    | puller",
                "127.0.0.2 | POST   | /libpod/images/x/push?destination=dir:/etc | 403    | destination must be an image",
                "127.0.0.3 | GET    | /containers/json                           | 200    | learner",
                "127.0.0.3 | GET    | /debug/pprof/                              | 403    | never allowed",
                "127.0.0.3 | GET    | /nothing                                   | 403    | no operation",
                "127.0.0.9 | GET    | /_ping                                     | 500    | failed to decide",
            })
    void eachClientIsJudgedByItsOwnProfile(String address, String method, String target, int status, String part)
            throws IOException {
        try (RawClient client = connect(address)) {
            String response = client.request(method, target).readResponse();

            assertThat(response).startsWith("HTTP/1.1 " + status + " ").contains(part);
        }
        assertThat(asked).containsExactly(address);
    }

    @Test
    void theProfileIsAssignedOnceForEachExchange() throws IOException {
        try (RawClient client = connect("127.0.0.1");
                RawClient other = connect("127.0.0.2")) {
            client.request("GET", "/containers/json").readResponse();
            other.request("GET", "/images/json").readResponse();
            client.request("GET", "/containers/json").readResponse();
        }
        assertThat(asked).containsExactly("127.0.0.1", "127.0.0.2", "127.0.0.1");
    }

    /** Every address of 127.0.0.0/8 is one of the loopback interface. */
    private RawClient connect(String from) throws IOException {
        int port = ((ServerConnector) server.getConnectors()[0]).getLocalPort();
        return RawClient.over(new Socket(InetAddress.getLoopbackAddress(), port, InetAddress.getByName(from), 0));
    }
}
