package org.socketproxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.ZoneOffset;
import jdk.net.ExtendedSocketOptions;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.Test;
import org.socketproxy.audit.AuditFormat;
import org.socketproxy.audit.AuditLog;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.config.Limits;
import org.socketproxy.config.NetworkAddress;
import org.socketproxy.testing.RawClient;

class TcpConnectorTest {
    @Test
    void acceptedConnectionsUseTcpKeepAlive() throws Exception {
        Server server = new Server();
        TcpConnector connector = connector(server);
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

    @Test
    void ipv4WildcardBindsAnIpv4Socket() throws Exception {
        Server server = new Server();
        TcpConnector connector = connector(server, "0.0.0.0");
        server.addConnector(connector);
        server.start();
        try {
            try (RawClient client = RawClient.connect(connector.getLocalPort())) {
                assertThat(client.request("GET", "/").readHead()).startsWith("HTTP/1.1 404 ");
            }
            ServerSocketChannel accepting = (ServerSocketChannel) connector.getTransport();
            assertThat(((InetSocketAddress) accepting.getLocalAddress()).getAddress())
                    .isInstanceOf(Inet4Address.class);
        } finally {
            server.stop();
        }
    }

    private static TcpConnector connector(Server server) {
        return connector(server, "127.0.0.1");
    }

    private static TcpConnector connector(Server server, String host) {
        Limits limits = new Limits(1000, 1000, 8192, Duration.ofSeconds(10));
        RejectionCounter rejections = new RejectionCounter(
                AuditLog.to(System.out::print, AuditFormat.TEXT, ZoneOffset.UTC, written -> false, () -> false));
        return new TcpConnector(
                server,
                new NetworkAddress(host, 0),
                limits,
                new ConnectionLimits(limits, rejections),
                null,
                rejections);
    }
}
