package org.socketproxy.lease;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.socketproxy.json.InvalidJsonException;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.StrictJson;

/**
 * One request to the control socket. A lease lasts as long as the connection of the request that has opened it.
 *
 * <p>Threading: one thread at a time.
 */
public final class ControlClient implements AutoCloseable {
    private static final int LONGEST_LINE = 1 << 20;

    private final SocketChannel channel;
    private final BufferedReader reader;
    private int status;
    private boolean isChunked;

    private ControlClient(SocketChannel channel) {
        this.channel = channel;
        this.reader = new BufferedReader(
                new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.ISO_8859_1));
    }

    /** Sends a request, and reads the head of its response. The JDK makes the descriptor so that child processes do not get it. */
    public static ControlClient send(Path socket, String method, String target) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            ControlClient client = new ControlClient(channel);
            ByteBuffer request = StandardCharsets.US_ASCII.encode(
                    method + " " + target + " HTTP/1.1\r\nHost: control\r\nContent-Length: 0\r\n\r\n");
            while (request.hasRemaining()) {
                channel.write(request);
            }
            client.readHead();
            return client;
        } catch (IOException failed) {
            channel.close();
            throw failed;
        }
    }

    private void readHead() throws IOException {
        String[] first = line().split(" ", 3);
        status = first.length > 1 && first[1].matches("\\d{3}") ? Integer.parseInt(first[1]) : 0;
        for (String header = line(); !header.isEmpty(); header = line()) {
            isChunked |= header.equalsIgnoreCase("Transfer-Encoding: chunked");
        }
    }

    private String line() throws IOException {
        String line = reader.readLine();
        if (line == null) {
            throw new IOException("the proxy has closed the connection");
        }
        return line;
    }

    public int status() {
        return status;
    }

    /** Returns the next value of the response; null at its end. */
    public @Nullable JsonValue next() throws IOException {
        while (true) {
            String line = reader.readLine();
            if (line == null) {
                return null;
            }
            boolean isValue = line.startsWith("{") || line.startsWith("[");
            if (isChunked && line.equals("0")) {
                return null;
            }
            if (isValue && line.length() < LONGEST_LINE) {
                try {
                    return StrictJson.read(
                            new String(line.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
                } catch (InvalidJsonException invalid) {
                    throw new IOException("the proxy has sent no JSON", invalid);
                }
            }
        }
    }

    /** Returns the next value as an object; an empty one at the end of the response. */
    public JsonObject object() throws IOException {
        return next() instanceof JsonObject object ? object : JsonObject.EMPTY;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
