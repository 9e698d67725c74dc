package org.socketproxy.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A client that writes raw bytes on one connection. */
public final class RawClient implements AutoCloseable {
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\nContent-Length: (\\d+)\r\n");
    private static final int TIMEOUT_MILLIS = 300_000;

    private final Wire wire;
    private final InputStream in;

    /** A TCP, TLS or Unix connection. */
    private interface Wire {
        InputStream input() throws IOException;

        OutputStream output() throws IOException;

        void shutdownOutput() throws IOException;

        void reset() throws IOException;

        void close() throws IOException;
    }

    private record SocketWire(Socket socket) implements Wire {
        @Override
        public InputStream input() throws IOException {
            return socket.getInputStream();
        }

        @Override
        public OutputStream output() throws IOException {
            return socket.getOutputStream();
        }

        @Override
        public void shutdownOutput() throws IOException {
            socket.shutdownOutput();
        }

        @Override
        public void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private record UnixWire(SocketChannel channel) implements Wire {
        @Override
        public InputStream input() {
            return new FakeDaemon.ChannelInput(channel);
        }

        @Override
        public OutputStream output() {
            return Channels.newOutputStream(channel);
        }

        @Override
        public void shutdownOutput() throws IOException {
            channel.shutdownOutput();
        }

        /** Closes the connection, because Unix sockets have no reset. */
        @Override
        public void reset() throws IOException {
            channel.close();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    private RawClient(Wire wire) throws IOException {
        this.wire = wire;
        this.in = new java.io.BufferedInputStream(wire.input());
    }

    public static RawClient connect(int port) throws IOException {
        Socket socket = new Socket(java.net.InetAddress.getLoopbackAddress(), port);
        return over(socket);
    }

    public static RawClient connect(Path unixSocket) throws IOException {
        return new RawClient(new UnixWire(SocketChannel.open(UnixDomainSocketAddress.of(unixSocket))));
    }

    /** Creates a client on an existing connection, without a timeout. */
    static RawClient over(SocketChannel channel) throws IOException {
        return new RawClient(new UnixWire(channel));
    }

    /** Creates a client on an existing connection. */
    public static RawClient over(Socket socket) throws IOException {
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        return new RawClient(new SocketWire(socket));
    }

    public RawClient send(String text) throws IOException {
        output().write(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /** Sends a request with a Host header and without a body. */
    public RawClient request(String method, String target) throws IOException {
        return send(method + " " + target + " HTTP/1.1\r\nHost: docker\r\n\r\n");
    }

    /** Reads up to a blank line; returns null if the connection ends before the first byte. */
    public String readHead() throws IOException {
        return FakeDaemon.Wire.readHead(in);
    }

    /** Reads a head and a body of its Content-Length. */
    public String readResponse() throws IOException {
        String head = readHead();
        if (head == null) {
            throw new IOException("The proxy closed the connection instead of answering");
        }
        Matcher length = LENGTH.matcher(head);
        return length.find() ? head + read(Integer.parseInt(length.group(1))) : head;
    }

    /** Reads a response by its framing; it may be incomplete. */
    public RawResponse readAnswer(String method) throws IOException {
        return RawResponse.read(in, method);
    }

    /** Reads a number of bytes, or fewer at the end of the stream. */
    public String read(int bytes) throws IOException {
        return new String(in.readNBytes(bytes), StandardCharsets.ISO_8859_1);
    }

    public String readToEnd() throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    public InputStream input() {
        return in;
    }

    public OutputStream output() throws IOException {
        return wire.output();
    }

    public void shutdownOutput() throws IOException {
        wire.shutdownOutput();
    }

    /** Closes the connection with a TCP reset; a Unix socket is closed normally. */
    public void reset() throws IOException {
        wire.reset();
    }

    @Override
    public void close() throws IOException {
        wire.close();
    }
}
