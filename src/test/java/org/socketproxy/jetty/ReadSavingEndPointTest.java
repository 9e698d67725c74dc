package org.socketproxy.jetty;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.util.BufferUtil;
import org.junit.jupiter.api.Test;

/** Uses a real selector on a real connection. */
class ReadSavingEndPointTest {
    private static final int SENT_BYTES = 300_000;
    private static final int SOCKET_BYTES = 1 << 20;
    private static final int READ_BYTES = 64 * 1024;
    private static final int TURN_BYTES = 128 * 1024;

    /** A peer that sends without a pause must not occupy the selector's thread. */
    @Test
    void nonBlockingReaderGetsLimitedBytesForEachSelection() throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open();
                SocketChannel peer = SocketChannel.open();
                Selector selector = Selector.open()) {
            server.setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BYTES);
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            peer.setOption(StandardSocketOptions.SO_SNDBUF, SOCKET_BYTES);
            peer.connect(server.getLocalAddress());
            try (SocketChannel accepted = server.accept()) {
                accepted.configureBlocking(false);
                SelectionKey key = accepted.register(selector, SelectionKey.OP_READ);
                ReadSavingEndPoint endPoint = new ReadSavingEndPoint(accepted, null, key, null);
                endPoint.setReaderNonBlocking();
                ByteBuffer sent = ByteBuffer.allocate(SENT_BYTES);
                while (sent.hasRemaining()) {
                    peer.write(sent);
                }

                int read = 0;
                while (read < SENT_BYTES) {
                    key.interestOps(SelectionKey.OP_READ);
                    selector.select();
                    selector.selectedKeys().clear();
                    endPoint.onSelected();
                    int turn = turn(endPoint);
                    read += turn;

                    assertThat(turn).isPositive().isLessThan(TURN_BYTES + READ_BYTES);
                }
            }
        }
    }

    /** Reads until a read returns no bytes. */
    private static int turn(ReadSavingEndPoint endPoint) throws IOException {
        ByteBuffer buffer = BufferUtil.allocate(READ_BYTES);
        int read = 0;
        for (int filled = endPoint.fill(buffer); filled > 0; filled = endPoint.fill(buffer)) {
            read += filled;
            BufferUtil.clear(buffer);
        }
        return read;
    }
}
