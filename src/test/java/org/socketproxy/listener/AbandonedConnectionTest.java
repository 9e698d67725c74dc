package org.socketproxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
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
import org.socketproxy.testing.ProcessResources;
import org.socketproxy.testing.RawClient;

/** Tests that an accepted connection that fails before it is open, for example without memory, is not counted. */
class AbandonedConnectionTest {
    private static final Limits LIMITS = new Limits(1000, 1000, 8192, Duration.ofSeconds(10));
    private static final int CLIENTS = 5;

    @TempDir
    Path folder;

    /** Fails while the connection is created, or while it opens. */
    private static final class Failing extends AbstractConnectionFactory {
        private final boolean isCreated;

        Failing(boolean isCreated) {
            super("failing");
            this.isCreated = isCreated;
        }

        @Override
        public Connection newConnection(Connector connector, EndPoint endPoint) {
            assertThat(AcceptedEndPoint.of(endPoint).admission().isAdmitted()).isTrue();
            if (!isCreated) {
                throw new IllegalStateException("connection creation fails");
            }
            return new AbstractConnection(endPoint, connector.getExecutor()) {
                @Override
                public void onOpen() {
                    throw new IllegalStateException("connection opening fails");
                }

                @Override
                public void onFillable() {}
            };
        }
    }

    @ParameterizedTest
    @CsvSource({"TCP, false", "TCP, true", "UNIX, false", "UNIX, true"})
    void failedConnectionIsNotCounted(FakeDaemon.Kind kind, boolean isCreated) throws Exception {
        RejectionCounter rejections = new RejectionCounter(
                AuditLog.to(System.out::print, AuditFormat.TEXT, ZoneOffset.UTC, written -> false, () -> false));
        ConnectionLimits connectionLimits = new ConnectionLimits(LIMITS, rejections);
        Server server = new Server();
        Path socket = folder.resolve("proxy.sock");
        AbstractConnector connector = kind == FakeDaemon.Kind.TCP
                ? new TcpConnector(
                        server, new NetworkAddress("127.0.0.1", 0), LIMITS, connectionLimits, null, rejections)
                : new UnixConnector(
                        server, new UnixAddress(socket, 0666, null, null), LIMITS, connectionLimits, rejections);
        connector.setConnectionFactories(List.of(new Failing(isCreated)));
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
            assertThat(ProcessResources.await(() -> connectionLimits.open() == 0))
                    .as("%d connections are counted", connectionLimits.open())
                    .isTrue();
            assertThat(ProcessResources.await(
                            () -> connector.getConnectedEndPoints().isEmpty()))
                    .isTrue();
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
            server.stop();
        }
    }
}
