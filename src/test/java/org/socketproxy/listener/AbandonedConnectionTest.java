package org.socketproxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.AbstractConnectionFactory;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.audit.AuditFormat;
import org.socketproxy.audit.AuditLog;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.config.Limits;
import org.socketproxy.config.NetworkAddress;
import org.socketproxy.config.UnixAddress;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.Footprint;
import org.socketproxy.testing.RawClient;

/** A connection that was accepted and fails before it is open, for want of memory for example, is no longer counted. */
class AbandonedConnectionTest {
    private static final Limits LIMITS = new Limits(1000, 1000, 8192, Duration.ofSeconds(10));
    private static final int CLIENTS = 5;

    @TempDir
    Path folder;

    /** Fails while the connection is made, or while it opens. */
    private static final class Failing extends AbstractConnectionFactory {
        private final boolean isMade;

        Failing(boolean isMade) {
            super("failing");
            this.isMade = isMade;
        }

        @Override
        public Connection newConnection(Connector connector, EndPoint endPoint) {
            assertThat(AcceptedEndPoint.below(endPoint).admission().isAdmitted())
                    .isTrue();
            if (!isMade) {
                throw new IllegalStateException("no connection is made");
            }
            return new AbstractConnection(endPoint, connector.getExecutor()) {
                @Override
                public void onOpen() {
                    throw new IllegalStateException("no connection is opened");
                }

                @Override
                public void onFillable() {}
            };
        }
    }

    @ParameterizedTest
    @CsvSource({"TCP, false", "TCP, true", "UNIX, false", "UNIX, true"})
    void itIsNotCounted(FakeDaemon.Kind kind, boolean isMade) throws Exception {
        RejectionCounter refusals = new RejectionCounter(AuditLog.to(System.out, AuditFormat.TEXT, written -> false));
        ConnectionLimits connectionLimits = new ConnectionLimits(LIMITS, refusals);
        Server server = new Server();
        Path socket = folder.resolve("proxy.sock");
        AbstractConnector connector = kind == FakeDaemon.Kind.TCP
                ? new TcpConnector(server, new NetworkAddress("127.0.0.1", 0), LIMITS, connectionLimits, null, refusals)
                : new UnixConnector(server, new UnixAddress(socket, 0666, null), LIMITS, connectionLimits, refusals);
        connector.setConnectionFactories(List.of(new Failing(isMade)));
        connector.setDefaultProtocol("failing");
        server.addConnector(connector);
        server.start();
        List<RawClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < CLIENTS; i++) {
                RawClient client = connector instanceof TcpConnector tcp
                        ? RawClient.connect(tcp.getLocalPort())
                        : RawClient.connect(socket);
                clients.add(client);
                assertThat(client.readToEnd()).isEmpty();
            }
            assertThat(Footprint.await(() -> connectionLimits.open() == 0))
                    .as("%d are counted", connectionLimits.open())
                    .isTrue();
            assertThat(connector.getConnectedEndPoints()).isEmpty();
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
            server.stop();
        }
    }
}
