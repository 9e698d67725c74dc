package org.socketproxy.jetty;

import java.io.IOException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.Map;
import jdk.net.ExtendedSocketOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Switches on TCP keep-alive probes. A peer that disappears without FIN or RST, because its host or the network fails,
 * is detected after 90 seconds without traffic. Streams have no other timeout.
 */
public final class TcpKeepAlive {
    private static final Logger LOG = LoggerFactory.getLogger(TcpKeepAlive.class);
    /** Idle time and interval in seconds, and number of probes. */
    private static final Map<SocketOption<Integer>, Integer> PROBES = Map.of(
            ExtendedSocketOptions.TCP_KEEPIDLE, 60,
            ExtendedSocketOptions.TCP_KEEPINTERVAL, 10,
            ExtendedSocketOptions.TCP_KEEPCOUNT, 3);

    private TcpKeepAlive() {}

    /** Enables keep-alive on the channel; logs at debug level if the system does not support an option. */
    public static void on(SocketChannel channel) {
        try {
            channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            for (Map.Entry<SocketOption<Integer>, Integer> probe : PROBES.entrySet()) {
                channel.setOption(probe.getKey(), probe.getValue());
            }
        } catch (IOException | UnsupportedOperationException unavailable) {
            LOG.debug("No TCP keep-alive for {}", channel, unavailable);
        }
    }
}
