package org.socketproxy.testing;

import static org.socketproxy.testing.Http2Client.DATA;
import static org.socketproxy.testing.Http2Client.RST_STREAM;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.util.StringUtil;

/**
 * One call at {@link GrpcDaemon}. Its field {@code do} is one of:
 *
 * <ul>
 *   <li>{@code unary}, or none: answers with the body of the request when it has ended, and with trailers
 *   <li>{@code status}, {@code status N}: answers with a head that ends the call with grpc-status 5, or N
 *   <li>{@code paced}: answers with the head, and with a message for each call {@code push} of the connection, until a call
 *       {@code finish}
 *   <li>{@code trailers N}, {@code down N}: answers with so many bytes in the trailers, or in the body
 *   <li>{@code head N}: answers with a head of so many bytes
 *   <li>{@code gzip}: answers with a compressed message
 *   <li>{@code early}: ends the answer before the request, and resets the stream with NO_ERROR, as grpc-go does
 *   <li>{@code silent}, {@code deaf}: does not answer; does not read either
 *   <li>{@code flood}: sends without an end
 *   <li>{@code reset}, {@code reset-late}, {@code close}, {@code close-late}: before the head, or after it
 *   <li>{@code goaway}, {@code ping}: answers as for {@code unary}, and sends these frames
 * </ul>
 */
final class GrpcStream {
    private static final String[] HEAD = {":status", "200", "content-type", "application/grpc"};
    private static final String[] TRAILERS = {"grpc-status", "0", "grpc-message", "", "x-trailer", "t"};
    private static final int REFUSED_STREAM = 7;
    private static final byte[] BLOCK = new byte[16_384];

    private final GrpcDaemon daemon;
    private final GrpcConnection connection;
    private final int id;
    private final String path;
    private final String[] task;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private ByteBuffer pending = ByteBuffer.allocate(0);
    private HttpFields trailersOfClient = HttpFields.EMPTY;
    private int received;
    private int window;
    private boolean isHeadSent;
    private boolean isLast;

    GrpcStream(GrpcDaemon daemon, GrpcConnection connection, int id, int window, String path, HttpFields fields) {
        this.daemon = daemon;
        this.connection = connection;
        this.id = id;
        this.window = window;
        this.path = path;
        this.task = StringUtil.nonNull(fields.get("do")).split(" ");
    }

    private int size() {
        return Integer.parseInt(task[1]);
    }

    boolean isRead() {
        return !task[0].equals("deaf");
    }

    void begin(boolean isEnd) throws IOException {
        switch (task[0]) {
            case "paced" -> head();
            case "push" -> connection.push();
            case "finish" -> daemon.finish();
            case "status" -> {
                connection.headers(
                        id,
                        true,
                        ":status",
                        "200",
                        "content-type",
                        "application/grpc",
                        "grpc-status",
                        task.length > 1 ? task[1] : "5",
                        "grpc-message",
                        "no such build%21");
                end();
            }
            case "head" -> {
                String[] fields = Arrays.copyOf(HEAD, HEAD.length + 2);
                fields[HEAD.length] = "x-large";
                fields[HEAD.length + 1] = "h".repeat(size());
                connection.headers(id, false, fields);
                isHeadSent = true;
            }
            case "early" -> {
                head();
                connection.headers(id, true, TRAILERS);
                connection.frame(RST_STREAM, 0, id, new byte[4]);
                end();
            }
            case "flood" -> {
                head();
                more(0);
            }
            case "reset-late", "close-late" -> {
                head();
                connection.frame(DATA, 0, id, GrpcDaemon.message("part").getBytes(StandardCharsets.ISO_8859_1));
                lose();
            }
            case "reset", "close" -> lose();
            case "goaway" -> connection.goAway();
            case "ping" -> connection.ping();
            default -> {}
        }
        if (isEnd) {
            data(new byte[0], true);
        }
    }

    private void lose() throws IOException {
        if (task[0].startsWith("close")) {
            connection.close();
        }
        connection.frame(RST_STREAM, 0, id, new byte[] {0, 0, 0, REFUSED_STREAM});
        end();
    }

    private void head() throws IOException {
        if (!isHeadSent) {
            isHeadSent = true;
            connection.headers(id, false, HEAD);
        }
    }

    void data(byte[] bytes, boolean isEnd) throws IOException {
        received += bytes.length;
        if (received < 1 << 25) {
            body.writeBytes(bytes);
        }
        if (isEnd) {
            daemon.ended(new GrpcDaemon.End(path, received, trailersOfClient, -1));
            answer();
        }
    }

    private void answer() throws IOException {
        switch (task[0]) {
            case "", "unary", "goaway", "ping", "head", "push", "finish" -> {
                head();
                send(body.toByteArray(), true);
            }
            case "down" -> {
                head();
                send(GrpcDaemon.message("d".repeat(size())).getBytes(StandardCharsets.ISO_8859_1), true);
            }
            case "gzip" -> {
                connection.headers(
                        id, false, ":status", "200", "content-type", "application/grpc", "grpc-encoding", "gzip");
                isHeadSent = true;
                send(new byte[] {1, 0, 0, 0, 1, 'z'}, true);
            }
            case "trailers" -> {
                head();
                String[] large = {"grpc-status", "9", "grpc-status-details-bin", "t".repeat(size())};
                connection.headers(id, true, large);
                end();
            }
            default -> {}
        }
    }

    /** Sends a message if the call is {@code paced}. */
    void push() throws IOException {
        if (task[0].equals("paced")) {
            send(GrpcDaemon.message("\n\5hello").getBytes(StandardCharsets.ISO_8859_1), false);
        }
    }

    /** Ends the call if it is {@code paced}. */
    void finish() throws IOException {
        if (task[0].equals("paced")) {
            send(new byte[0], true);
        }
    }

    private void send(byte[] bytes, boolean isEnd) throws IOException {
        isLast |= isEnd;
        pending = ByteBuffer.allocate(pending.remaining() + bytes.length)
                .put(pending)
                .put(bytes)
                .flip();
        more(0);
    }

    /** Adds bytes to the window, and writes what it permits. */
    void more(int bytes) throws IOException {
        window += bytes;
        boolean isFlood = task[0].equals("flood");
        while (window > 0 && (isFlood || pending.hasRemaining())) {
            int size = connection.take(Math.min(window, isFlood ? BLOCK.length : pending.remaining()));
            if (size == 0) {
                return;
            }
            window -= size;
            byte[] next = new byte[size];
            if (!isFlood) {
                pending.get(next);
            }
            connection.frame(DATA, 0, id, next);
        }
        if (isLast && !pending.hasRemaining()) {
            connection.headers(id, true, TRAILERS);
            end();
        }
    }

    void trailers(HttpFields fields) throws IOException {
        trailersOfClient = fields;
        data(new byte[0], true);
    }

    void reset(int code) {
        daemon.ended(new GrpcDaemon.End(path, received, trailersOfClient, code));
        end();
    }

    private void end() {
        isLast = false;
        connection.remove(id);
    }
}
