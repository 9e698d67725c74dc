package org.socketproxy.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.socketproxy.testing.Http2Client.Answer;

/** Calls gRPC methods of BuildKit with single frames, on a connection that {@code POST /grpc} has upgraded. */
public final class GrpcCalls implements AutoCloseable {
    public static final String BUILD_ID = "buildkit-controlapi-buildid";

    /** Largest frame of HTTP/2 without a setting. */
    private static final int MAX_FRAME = 16_384;

    private final Http2Client http;

    private GrpcCalls(Http2Client http) {
        this.http = http;
    }

    /** Opens a connection to a port of the loopback interface, from an address of it such as {@code 127.0.0.2}. */
    public static GrpcCalls connect(int port, String from) throws IOException {
        return upgrade(wire(port, from));
    }

    /** Upgrades a connection by {@code POST /grpc}. */
    public static GrpcCalls upgrade(RawClient wire) throws IOException {
        wire.send("POST /grpc HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
        String head = wire.readHead();
        if (!head.startsWith("HTTP/1.1 101 ")) {
            throw new AssertionError(head + wire.readToEnd());
        }
        return new GrpcCalls(Http2Client.over(wire));
    }

    /** Connects from an address of the loopback interface, so that the proxy sees another client. */
    @SuppressWarnings("AddressSelection") // it is an address
    public static RawClient wire(int port, String from) throws IOException {
        Socket socket = new Socket();
        socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setSoTimeout(60_000);
        return RawClient.over(socket);
    }

    /** Begins a call with a body; returns its stream. */
    public int begin(String method, byte[] body, String... headers) {
        try {
            int stream = open(method, headers);
            String bytes = new String(body, StandardCharsets.ISO_8859_1);
            int sent = 0;
            for (; bytes.length() - sent > MAX_FRAME; sent += MAX_FRAME) {
                http.sendData(stream, bytes.substring(sent, sent + MAX_FRAME), false);
            }
            http.sendData(stream, bytes.substring(sent), true);
            return stream;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Sends the head of a call; returns its stream. */
    public int open(String method, String... headers) throws IOException {
        String[] fixed = {"content-type", "application/grpc", "te", "trailers"};
        String[] all = java.util.Arrays.copyOf(fixed, fixed.length + headers.length);
        System.arraycopy(headers, 0, all, fixed.length, headers.length);
        return http.open(false, Http2Client.head("POST", "/" + method, all));
    }

    /** Waits for the end of a call. */
    public Result end(int stream) {
        try {
            Answer answer = http.answer(stream);
            String code = answer.trailers().get("grpc-status");
            return new Result(
                    code == null ? -1 : Integer.parseInt(code),
                    String.valueOf(answer.trailers().get("grpc-message")),
                    answer.body().getBytes(StandardCharsets.ISO_8859_1));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Calls a method with one message. */
    public Result call(String method, byte[] message, String... headers) {
        return end(begin(method, frame(message), headers));
    }

    public Http2Client http() {
        return http;
    }

    @Override
    public void close() throws IOException {
        http.close();
    }

    /**
     * End of a call.
     *
     * @param code status of gRPC, or -1 without one
     * @param body messages with their frames
     */
    @SuppressWarnings("ArrayRecordComponent") // no test compares results
    public record Result(int code, String text, byte[] body) {
        /** Returns the first message. */
        public byte[] message() {
            return java.util.Arrays.copyOfRange(
                    body, 5, 5 + ByteBuffer.wrap(body, 1, 4).getInt());
        }

        @Override
        public String toString() {
            return code + " " + text + " (" + body.length + " bytes)";
        }
    }

    /** Returns a message with the frame of gRPC. */
    public static byte[] frame(byte[] message) {
        return ByteBuffer.allocate(5 + message.length)
                .put((byte) 0)
                .putInt(message.length)
                .put(message)
                .array();
    }

    /** Returns a message with these fields. */
    public static byte[] message(byte[]... fields) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] field : fields) {
            all.writeBytes(field);
        }
        return all.toByteArray();
    }

    /** Returns a field with a text. */
    public static byte[] field(int number, String text) {
        return field(number, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns a field with bytes or a message. */
    public static byte[] field(int number, byte[] value) {
        ByteArrayOutputStream field = new ByteArrayOutputStream();
        varint(field, number << 3 | 2);
        varint(field, value.length);
        field.writeBytes(value);
        return field.toByteArray();
    }

    /** Returns a field with a number or a flag. */
    public static byte[] field(int number, int value) {
        ByteArrayOutputStream field = new ByteArrayOutputStream();
        varint(field, number << 3);
        varint(field, value);
        return field.toByteArray();
    }

    /** Returns a field with the entries of a map. */
    public static byte[] field(int number, Map<String, String> map) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        map.forEach((key, value) -> all.writeBytes(field(number, message(field(1, key), field(2, value)))));
        return all.toByteArray();
    }

    private static void varint(ByteArrayOutputStream out, int value) {
        int rest = value;
        while (rest >= 128) {
            out.write(rest % 128 + 128);
            rest /= 128;
        }
        out.write(rest);
    }
}
