package org.socketproxy.testing;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A client that writes exactly the bytes it is told, on one TCP connection. */
public final class RawClient implements AutoCloseable {
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\nContent-Length: (\\d+)\r\n");
    private static final int TIMEOUT_MILLIS = 20_000;

    private final Socket socket;
    private final InputStream in;

    private RawClient(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new java.io.BufferedInputStream(socket.getInputStream());
    }

    public static RawClient connect(int port) throws IOException {
        Socket socket = new Socket(java.net.InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        return new RawClient(socket);
    }

    public RawClient send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /** A request without a body, with a Host. */
    public RawClient request(String method, String target) throws IOException {
        return send(method + " " + target + " HTTP/1.1\r\nHost: docker\r\n\r\n");
    }

    /** Up to a blank line; null if the connection ends before the first byte. */
    public String readHead() throws IOException {
        return FakeDaemon.Wire.readHead(in);
    }

    /** A head and the body that its Content-Length announces. */
    public String readResponse() throws IOException {
        String head = readHead();
        if (head == null) {
            throw new IOException("The proxy closed the connection instead of answering");
        }
        Matcher length = LENGTH.matcher(head);
        return length.find() ? head + read(Integer.parseInt(length.group(1))) : head;
    }

    /** An answer by its framing, whole or cut. */
    public Answer readAnswer(String method) throws IOException {
        return Answer.read(in, method);
    }

    /** Exactly so many bytes, or fewer at the end of the stream. */
    public String read(int bytes) throws IOException {
        return new String(in.readNBytes(bytes), StandardCharsets.ISO_8859_1);
    }

    public String readToEnd() throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    public InputStream input() {
        return in;
    }

    public java.io.OutputStream output() throws IOException {
        return socket.getOutputStream();
    }

    public void shutdownOutput() throws IOException {
        socket.shutdownOutput();
    }

    /** Closes so that the other side gets a reset. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
