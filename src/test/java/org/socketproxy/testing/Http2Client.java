package org.socketproxy.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.hpack.HpackDecoder;
import org.eclipse.jetty.http2.hpack.HpackException;

/**
 * HTTP/2 client that writes single frames. It encodes header fields as literals without any check, so that a test can send
 * malformed ones. While it reads, it acknowledges SETTINGS and enlarges windows.
 */
public final class Http2Client implements AutoCloseable {
    public static final int DATA = 0;
    public static final int HEADERS = 1;
    public static final int PRIORITY = 2;
    public static final int RST_STREAM = 3;
    public static final int SETTINGS = 4;
    public static final int PING = 6;
    public static final int GOAWAY = 7;
    public static final int WINDOW_UPDATE = 8;
    public static final int CONTINUATION = 9;
    public static final int END_STREAM = 1;
    public static final int END_HEADERS = 4;
    /** The request with which a client of BuildKit begins. */
    public static final String GRPC = "POST /grpc HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";

    private static final int INITIAL_WINDOW = 65_535;
    public static final int ACK = 1;
    private static final int PADDED = 8;
    private static final int MAX_HEADERS = 1 << 20;

    private final RawClient wire;
    private final HpackDecoder decoder = new HpackDecoder(MAX_HEADERS, () -> 0);
    private final Map<Integer, Answer> answers = new HashMap<>();
    private final Map<Integer, Integer> windows = new HashMap<>();
    private int lastStream = -1;
    /** Error code of GOAWAY, or -1 before. */
    private int goAway = -1;

    private boolean isEnded;
    private final ByteArrayOutputStream block = new ByteArrayOutputStream();
    private boolean isEndOfHead;
    private int pings;

    /** Response on one stream. */
    public static final class Answer {
        private int status;
        private HttpFields fields = HttpFields.EMPTY;
        private HttpFields trailers = HttpFields.EMPTY;
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private boolean isComplete;
        private int reset = -1;

        /** Status code, or 0 without a response. */
        public int status() {
            return status;
        }

        public HttpFields fields() {
            return fields;
        }

        /** Fields after the body, or those of the head without a body. */
        public HttpFields trailers() {
            return trailers;
        }

        /** Number of bytes of the body so far. */
        public int received() {
            return body.size();
        }

        public String body() {
            return body.toString(StandardCharsets.ISO_8859_1);
        }

        /** Returns true if the response has ended. */
        public boolean isComplete() {
            return isComplete;
        }

        /** Error code of RST_STREAM, or -1. */
        public int reset() {
            return reset;
        }
    }

    private Http2Client(RawClient wire) {
        this.wire = wire;
    }

    /** Opens HTTP/2 on a connection by prior knowledge, or after ALPN. */
    public static Http2Client over(RawClient wire) throws IOException {
        Http2Client client = new Http2Client(wire);
        wire.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        return client.frame(SETTINGS, 0, 0, new byte[0]);
    }

    /** Opens HTTP/2 by {@code POST /grpc}, as clients of BuildKit do. */
    public static Http2Client afterGrpc(RawClient wire) throws IOException {
        wire.send(GRPC);
        String head = wire.readHead();
        if (head == null || !head.startsWith("HTTP/1.1 101 ")) {
            throw new IOException("The answer to POST /grpc is " + head);
        }
        return over(wire);
    }

    /** Opens HTTP/2 on a new TCP connection. */
    public static Http2Client connect(int port) throws IOException {
        return over(RawClient.connect(port));
    }

    public Http2Client frame(int type, int flags, int stream, byte[] payload) throws IOException {
        wire.output().write(bytes(type, flags, stream, payload));
        return this;
    }

    /** Returns the bytes of a frame. */
    public static byte[] bytes(int type, int flags, int stream, byte... payload) {
        ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
        frame.put((byte) (payload.length >> 16)).putShort((short) payload.length);
        return frame.put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    /** Encodes fields in the form {@code name, value, name, value}. */
    public static byte[] encode(String... fields) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        for (int i = 0; i < fields.length; i += 2) {
            block.write(0);
            writeText(block, fields[i]);
            writeText(block, fields[i + 1]);
        }
        return block.toByteArray();
    }

    private static void writeText(ByteArrayOutputStream block, String text) {
        int length = text.length();
        if (length < 127) {
            block.write(length);
        } else {
            block.write(127);
            int rest = length - 127;
            while (rest >= 128) {
                block.write(rest % 128 + 128);
                rest /= 128;
            }
            block.write(rest);
        }
        block.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Returns the fields of a request, with further ones. */
    public static String[] head(String method, String path, String... further) {
        String[] fields = {":method", method, ":scheme", "http", ":authority", "docker", ":path", path};
        String[] all = java.util.Arrays.copyOf(fields, fields.length + further.length);
        System.arraycopy(further, 0, all, fields.length, further.length);
        return all;
    }

    /** Sends a request head of these fields on the next stream, in as many frames as it needs; returns the stream. */
    public int open(boolean isEnd, String... fields) throws IOException {
        lastStream += 2;
        int flags = isEnd ? END_STREAM : 0;
        byte[] block = encode(fields);
        int max = 16_384;
        for (int from = 0; from == 0 || from < block.length; from += max) {
            int to = Math.min(block.length, from + max);
            int end = to == block.length ? END_HEADERS : 0;
            byte[] part = java.util.Arrays.copyOfRange(block, from, to);
            frameIfOpen(from == 0 ? HEADERS : CONTINUATION, (from == 0 ? flags : 0) | end, lastStream, part);
        }
        return lastStream;
    }

    /** Sends a request without a body; returns its stream. */
    public int request(String method, String path, String... further) throws IOException {
        return open(true, head(method, path, further));
    }

    public Http2Client data(int stream, String bytes, boolean isEnd) throws IOException {
        return frame(DATA, isEnd ? END_STREAM : 0, stream, bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Opens a gRPC call, of which the daemon does something, see {@link GrpcDaemon}; returns its stream. */
    public int call(String method, String task, String... further) throws IOException {
        String[] fields = java.util.Arrays.copyOf(
                new String[] {"content-type", "application/grpc", "te", "trailers", "do", task}, 6 + further.length);
        System.arraycopy(further, 0, fields, 6, further.length);
        return open(false, head("POST", method, fields));
    }

    /** Sends a request and reads its response. */
    public Answer ask(String method, String path, String... further) throws IOException {
        return answer(request(method, path, further));
    }

    /** Sends bytes when the windows of the stream and of the connection have room for them. */
    public Http2Client sendData(int stream, String bytes, boolean isEnd) throws IOException {
        while (windows.getOrDefault(0, INITIAL_WINDOW) < bytes.length()
                || windows.getOrDefault(stream, INITIAL_WINDOW) < bytes.length()) {
            readFrame();
        }
        for (int id : new int[] {0, stream}) {
            windows.put(id, windows.getOrDefault(id, INITIAL_WINDOW) - bytes.length());
        }
        return data(stream, bytes, isEnd);
    }

    /** Reads until a stream, or the connection, has ended. */
    public Answer answer(int stream) throws IOException {
        Answer answer = answers.computeIfAbsent(stream, any -> new Answer());
        while (!answer.isComplete && answer.reset < 0 && !isEnded) {
            readFrame();
        }
        return answer;
    }

    /** Reads until the head of a response has come. */
    public Answer head(int stream) throws IOException {
        Answer answer = answers.computeIfAbsent(stream, any -> new Answer());
        while (answer.status == 0 && !answer.isComplete && answer.reset < 0 && !isEnded) {
            readFrame();
        }
        return answer;
    }

    /** Reads until so many bytes of a body have come, or the stream has ended. */
    public Answer body(int stream, int bytes) throws IOException {
        Answer answer = answers.computeIfAbsent(stream, any -> new Answer());
        while (answer.body.size() < bytes && !answer.isComplete && answer.reset < 0 && !isEnded) {
            readFrame();
        }
        return answer;
    }

    /** Reads until GOAWAY or the end of the connection; returns the error code, or -1 without GOAWAY. */
    public int awaitGoAway() throws IOException {
        while (goAway < 0 && !isEnded) {
            readFrame();
        }
        return goAway;
    }

    /** Reads until the connection ends; returns the error code of GOAWAY, or -1 without it. */
    public int awaitEnd() throws IOException {
        while (!isEnded) {
            readFrame();
        }
        return goAway;
    }

    /** Reads until so many PING frames were acknowledged, or the connection ends. */
    public int awaitPings(int count) throws IOException {
        while (pings < count && !isEnded) {
            readFrame();
        }
        return pings;
    }

    private void readFrame() throws IOException {
        InputStream in = wire.input();
        byte[] head;
        byte[] payload;
        try {
            head = in.readNBytes(9);
            int length = head.length < 9 ? 0 : (head[0] & 0xff) << 16 | (head[1] & 0xff) << 8 | head[2] & 0xff;
            payload = in.readNBytes(length);
        } catch (IOException reset) {
            isEnded = true;
            return;
        }
        if (head.length < 9) {
            isEnded = true;
            return;
        }
        ByteBuffer frame = ByteBuffer.wrap(payload);
        int flags = head[4];
        int stream = ByteBuffer.wrap(head, 5, 4).getInt() & Integer.MAX_VALUE;
        Answer answer = stream == 0 ? null : answers.computeIfAbsent(stream, any -> new Answer());
        switch (head[3]) {
            case SETTINGS -> {
                if ((flags & ACK) == 0) {
                    frameIfOpen(SETTINGS, ACK, 0, new byte[0]);
                }
            }
            case HEADERS, CONTINUATION -> headers(answer, head[3], payload, flags);
            case DATA -> {
                answer.body.writeBytes(payload);
                answer.isComplete |= (flags & END_STREAM) != 0;
                if (payload.length > 0) {
                    byte[] more = ByteBuffer.allocate(4).putInt(payload.length).array();
                    frameIfOpen(WINDOW_UPDATE, 0, 0, more);
                    if (!answer.isComplete) {
                        frameIfOpen(WINDOW_UPDATE, 0, stream, more);
                    }
                }
            }
            case RST_STREAM -> answer.reset = frame.getInt();
            case GOAWAY -> goAway = frame.getInt(4);
            case PING -> pings++;
            case WINDOW_UPDATE ->
                windows.merge(
                        stream, frame.getInt() + (windows.containsKey(stream) ? 0 : INITIAL_WINDOW), Integer::sum);
            default -> {}
        }
    }

    /** Ignores a connection that the proxy has closed: what it sent before is still to be read. */
    private void frameIfOpen(int type, int flags, int stream, byte[] payload) {
        try {
            frame(type, flags, stream, payload);
        } catch (IOException closed) {
            // readFrame sees the end
        }
    }

    private void headers(Answer answer, int type, byte[] part, int flags) {
        if ((flags & PADDED) != 0) {
            throw new AssertionError("Padded HEADERS are not expected");
        }
        isEndOfHead = type == HEADERS ? (flags & END_STREAM) != 0 : isEndOfHead;
        block.writeBytes(part);
        if ((flags & END_HEADERS) == 0) {
            return;
        }
        ByteBuffer frame = ByteBuffer.wrap(block.toByteArray());
        block.reset();
        try {
            MetaData decoded = decoder.decode(frame);
            if (decoded instanceof MetaData.Response response && response.getStatus() >= 200) {
                answer.status = response.getStatus();
                answer.fields = response.getHttpFields();
            }
            answer.trailers = decoded.getHttpFields();
        } catch (HpackException.SessionException | HpackException.StreamException broken) {
            throw new AssertionError(broken);
        }
        answer.isComplete |= isEndOfHead;
    }

    /** Returns the names of the fields of a response. */
    public static List<String> names(Answer answer) {
        return answer.fields().stream().map(HttpField::getName).toList();
    }

    public RawClient wire() {
        return wire;
    }

    @Override
    public void close() throws IOException {
        wire.close();
    }
}
