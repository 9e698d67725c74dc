package org.socketproxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import jdk.net.ExtendedSocketOptions;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.Test;
import org.socketproxy.audit.AuditFormat;
import org.socketproxy.audit.AuditLog;
import org.socketproxy.audit.Refusals;
import org.socketproxy.config.Limits;
import org.socketproxy.config.NetworkAddress;
import org.socketproxy.testing.RawClient;

class TcpConnectorTest {
    @Test
    void acceptedConnectionsAreProbedSoThatAClientWithoutPowerIsNoticed() throws Exception {
        Server server = new Server();
        Limits limits = new Limits(10, 10, 8192, Duration.ofSeconds(10));
        Refusals refusals = new Refusals(AuditLog.to(System.out, AuditFormat.TEXT, written -> false));
        TcpConnector connector = new TcpConnector(
                server,
                new NetworkAddress("127.0.0.1", 0),
                limits,
                new ConnectionLimits(limits, refusals),
                null,
                refusals);
        server.addConnector(connector);
        server.start();
        try (RawClient client = RawClient.connect(connector.getLocalPort())) {
            client.request("GET", "/").readHead();
            SocketChannelEndPoint accepted = (SocketChannelEndPoint)
                    connector.getConnectedEndPoints().iterator().next();
            SocketChannel channel = accepted.getChannel();
            assertThat(channel.getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
            assertThat(channel.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)).isEqualTo(60);
            assertThat(channel.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL))
                    .isEqualTo(10);
            assertThat(channel.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT)).isEqualTo(3);
        } finally {
            server.stop();
        }
    }
}
