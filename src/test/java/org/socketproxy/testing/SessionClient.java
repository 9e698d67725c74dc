package org.socketproxy.testing;

import static org.socketproxy.testing.Http2Client.ACK;
import static org.socketproxy.testing.Http2Client.CONTINUATION;
import static org.socketproxy.testing.Http2Client.DATA;
import static org.socketproxy.testing.Http2Client.END_HEADERS;
import static org.socketproxy.testing.Http2Client.END_STREAM;
import static org.socketproxy.testing.Http2Client.HEADERS;
import static org.socketproxy.testing.Http2Client.RST_STREAM;
import static org.socketproxy.testing.Http2Client.SETTINGS;
import static org.socketproxy.testing.Http2Client.WINDOW_UPDATE;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.hpack.HpackDecoder;
import org.eclipse.jetty.http2.hpack.HpackException;

/**
 * Client with a session of BuildKit: after {@code POST /session} it is the server of HTTP/2, and writes single frames. It sends
 * malformed ones too.
 */
public final class SessionClient implements AutoCloseable {
    private static final int PREFACE_BYTES = 24;
    private static final int MAX_HEADERS = 1 << 20;
    private static final java.util.concurrent.atomic.AtomicInteger IDS =
            new java.util.concurrent.atomic.AtomicInteger(100_000_000);

    /** A call that the client has received. */
    public record Call(int stream, String path, HttpFields fields) {}

    private final RawClient wire;
    private final HpackDecoder decoder = new HpackDecoder(MAX_HEADERS, () -> 0);
    private final ByteArrayOutputStream block = new ByteArrayOutputStream();
    private final Map<Integer, ByteArrayOutputStream> bodies = new HashMap<>();
    private final Map<Integer, Integer> resets = new HashMap<>();
    private final Queue<Call> calls = new ArrayDeque<>();
    private boolean isEnded;

    private SessionClient(RawClient wire) {
        this.wire = wire;
    }

    /** Opens a session with these header lines. */
    public static SessionClient open(int port, String... headers) throws IOException {
        return open(RawClient.connect(port), headers);
    }

    /** Opens a session with these header lines. */
    public static SessionClient open(RawClient wire, String... headers) throws IOException {
        wire.send("POST /session HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
                + "X-Docker-Expose-Session-Uuid: session-of-" + IDS.incrementAndGet() + "\r\n"
                + String.join("", headers) + "\r\n");
        String head = wire.readHead();
        if (head == null || !head.startsWith("HTTP/1.1 101 ")) {
            throw new IOException("The answer to POST /session is " + head);
        }
        String preface = wire.read(PREFACE_BYTES);
        if (!preface.startsWith("PRI * HTTP/2.0")) {
            throw new IOException("Not the preface: " + preface);
        }
        SessionClient client = new SessionClient(wire);
        client.frame(SETTINGS, 0, 0);
        return client;
    }

    public void frame(int type, int flags, int stream, byte... payload) throws IOException {
        wire.output().write(Http2Client.bytes(type, flags, stream, payload));
    }

    public void headers(int stream, boolean isEnd, String... fields) throws IOException {
        frame(HEADERS, END_HEADERS | (isEnd ? END_STREAM : 0), stream, Http2Client.encode(fields));
    }

    /** Sends the head of an answer. */
    public void head(int stream) throws IOException {
        headers(stream, false, ":status", "200", "content-type", "application/grpc");
    }

    /** Sends messages with the frame of gRPC, in one frame of HTTP/2. */
    public void messages(int stream, byte[]... messages) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] message : messages) {
            all.writeBytes(GrpcCalls.frame(message));
        }
        frame(DATA, 0, stream, all.toByteArray());
    }

    /** Sends an answer of one message with status 0. */
    public void answer(int stream, byte[] message) throws IOException {
        head(stream);
        messages(stream, message);
        end(stream);
    }

    public void end(int stream) throws IOException {
        headers(stream, true, "grpc-status", "0", "grpc-message", "");
    }

    /** Returns the next call. */
    public Call take() throws IOException {
        while (calls.isEmpty()) {
            requireOpen();
        }
        return calls.remove();
    }

    /** Returns the bytes of a call when so many have come. */
    public byte[] body(int stream, int bytes) throws IOException {
        while (bodies.computeIfAbsent(stream, any -> new ByteArrayOutputStream())
                        .size()
                < bytes) {
            requireOpen();
        }
        return bodies.get(stream).toByteArray();
    }

    /** Waits until the proxy has reset a call; returns the error code. */
    public int awaitReset(int stream) throws IOException {
        while (!resets.containsKey(stream)) {
            requireOpen();
        }
        return resets.get(stream);
    }

    /** Reads until the proxy closes the connection. */
    public void awaitEnd() throws IOException {
        while (!isEnded) {
            read();
        }
    }

    private void requireOpen() throws IOException {
        if (isEnded) {
            throw new IOException("The connection has ended");
        }
        read();
    }

    private void read() throws IOException {
        InputStream in = wire.input();
        byte[] head = in.readNBytes(9);
        if (head.length < 9) {
            isEnded = true;
            return;
        }
        int length = (head[0] & 0xff) << 16 | (head[1] & 0xff) << 8 | head[2] & 0xff;
        int stream = ByteBuffer.wrap(head, 5, 4).getInt() & Integer.MAX_VALUE;
        received(head[3], head[4], stream, in.readNBytes(length));
    }

    private void received(int type, int flags, int stream, byte[] payload) throws IOException {
        switch (type) {
            case SETTINGS -> {
                if ((flags & ACK) == 0) {
                    frame(SETTINGS, ACK, 0);
                }
            }
            case HEADERS, CONTINUATION -> {
                block.writeBytes(payload);
                if ((flags & END_HEADERS) != 0) {
                    MetaData.Request request = decode();
                    calls.add(new Call(stream, request.getHttpURI().getPathQuery(), request.getHttpFields()));
                }
            }
            case DATA -> {
                bodies.computeIfAbsent(stream, any -> new ByteArrayOutputStream())
                        .writeBytes(payload);
                if (payload.length > 0) {
                    byte[] more = ByteBuffer.allocate(4).putInt(payload.length).array();
                    frame(WINDOW_UPDATE, 0, 0, more);
                    frame(WINDOW_UPDATE, 0, stream, more);
                }
            }
            case RST_STREAM -> resets.put(stream, ByteBuffer.wrap(payload).getInt());
            default -> {}
        }
    }

    private MetaData.Request decode() {
        try {
            return (MetaData.Request) decoder.decode(ByteBuffer.wrap(block.toByteArray()));
        } catch (HpackException.SessionException | HpackException.StreamException broken) {
            throw new AssertionError(broken);
        } finally {
            block.reset();
        }
    }

    public RawClient wire() {
        return wire;
    }

    /** Returns the text of bytes that were received. */
    public static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        wire.close();
    }
}
