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
 * Lets the system ask, over TCP, whether the other side is still there while nothing flows: one that vanished without a
 * word, with its machine or the network between, is noticed after 90 seconds. Streams have no other end.
 */
public final class TcpKeepAlive {
    private static final Logger LOG = LoggerFactory.getLogger(TcpKeepAlive.class);
    /** In seconds, and a number of tries. */
    private static final Map<SocketOption<Integer>, Integer> PROBES = Map.of(
            ExtendedSocketOptions.TCP_KEEPIDLE, 60,
            ExtendedSocketOptions.TCP_KEEPINTERVAL, 10,
            ExtendedSocketOptions.TCP_KEEPCOUNT, 3);

    private TcpKeepAlive() {}

    /** Switches it on, where the system has it. */
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
