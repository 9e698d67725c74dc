package org.socketproxy.daemon;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;

/**
 * Blocking connection to the daemon. Closing it from another thread ends a blocked read or write.
 *
 * @param connection closing it closes both streams
 */
record BlockingConnection(InputStream input, OutputStream output, Closeable connection) implements Closeable {
    static BlockingConnection over(SocketChannel channel) {
        return new BlockingConnection(Channels.newInputStream(channel), Channels.newOutputStream(channel), channel);
    }

    static BlockingConnection over(Socket socket) throws IOException {
        return new BlockingConnection(socket.getInputStream(), socket.getOutputStream(), socket);
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
