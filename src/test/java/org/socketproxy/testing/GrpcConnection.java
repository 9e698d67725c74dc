package org.socketproxy.testing;

import static org.socketproxy.testing.Http2Client.ACK;
import static org.socketproxy.testing.Http2Client.CONTINUATION;
import static org.socketproxy.testing.Http2Client.DATA;
import static org.socketproxy.testing.Http2Client.END_HEADERS;
import static org.socketproxy.testing.Http2Client.END_STREAM;
import static org.socketproxy.testing.Http2Client.GOAWAY;
import static org.socketproxy.testing.Http2Client.HEADERS;
import static org.socketproxy.testing.Http2Client.PING;
import static org.socketproxy.testing.Http2Client.RST_STREAM;
import static org.socketproxy.testing.Http2Client.SETTINGS;
import static org.socketproxy.testing.Http2Client.WINDOW_UPDATE;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.hpack.HpackDecoder;
import org.eclipse.jetty.http2.hpack.HpackException;

/** One HTTP/2 connection of {@link GrpcDaemon}. One thread reads its frames and writes the answers. */
final class GrpcConnection {
    private static final int PREFACE_BYTES = 24;
    private static final int WINDOW = 65_535;
    static final String PREFACE_HEAD = "PRI * HTTP/2.0\r\n\r\n";
    private static final int MAX_FRAME = 16_384;
    private static final int MAX_HEADERS = 1 << 20;
    private static final int PINGS = 400;

    private final GrpcDaemon daemon;
    private final int number;
    private final FakeDaemon.Peer peer;
    private final HpackDecoder decoder = new HpackDecoder(MAX_HEADERS, () -> 0);
    private final ByteArrayOutputStream block = new ByteArrayOutputStream();
    private final Map<Integer, GrpcStream> streams = new HashMap<>();
    private int blockFlags;
    private int window = WINDOW;
    private int initialWindow = WINDOW;
    private int lastStream;
    private boolean isEnding;

    GrpcConnection(GrpcDaemon daemon, int number, FakeDaemon.Peer peer) {
        this.daemon = daemon;
        this.number = number;
        this.peer = peer;
    }

    /** @param begin part of the preface that was read as a head of HTTP/1.1, or empty */
    void run(String begin) throws IOException {
        String preface = begin + peer.read(PREFACE_BYTES - begin.length());
        if (!preface.startsWith(PREFACE_HEAD)) {
            if (!preface.isEmpty()) {
                daemon.failed(new IOException("Not the preface: " + preface));
            }
            return;
        }
        frame(SETTINGS, 0, 0);
        InputStream in = peer.input();
        while (!(isEnding && streams.isEmpty())) {
            byte[] head = in.readNBytes(9);
            if (head.length < 9) {
                return;
            }
            int length = (head[0] & 0xff) << 16 | (head[1] & 0xff) << 8 | head[2] & 0xff;
            int stream = ByteBuffer.wrap(head, 5, 4).getInt() & Integer.MAX_VALUE;
            received(head[3], head[4], stream, in.readNBytes(length));
        }
        in.readAllBytes(); // the proxy closes first: an end of the input discards answers that it has not read
    }

    private void received(int type, int flags, int id, byte[] payload) throws IOException {
        ByteBuffer frame = ByteBuffer.wrap(payload);
        GrpcStream stream = streams.get(id);
        switch (type) {
            case SETTINGS -> {
                while (frame.remaining() >= 6) {
                    int key = frame.getShort();
                    int value = frame.getInt();
                    initialWindow = key == 4 ? value : initialWindow;
                }
                if ((flags & ACK) == 0) {
                    frame(SETTINGS, ACK, 0);
                }
            }
            case HEADERS, CONTINUATION -> {
                blockFlags = type == HEADERS ? flags : blockFlags;
                block.writeBytes(payload);
                if ((flags & END_HEADERS) != 0) {
                    head(id, stream);
                }
            }
            case DATA -> {
                if (payload.length > 0 && (stream == null || stream.isRead())) {
                    byte[] more = ByteBuffer.allocate(4).putInt(payload.length).array();
                    frame(WINDOW_UPDATE, 0, 0, more);
                    frame(WINDOW_UPDATE, 0, id, more);
                }
                if (stream != null) {
                    stream.data(payload, (flags & END_STREAM) != 0);
                }
            }
            case RST_STREAM -> {
                if (stream != null) {
                    stream.reset(frame.getInt());
                }
            }
            case WINDOW_UPDATE -> {
                if (id == 0) {
                    window += frame.getInt();
                    for (GrpcStream each : streams.values().toArray(GrpcStream[]::new)) {
                        each.more(0);
                    }
                } else if (stream != null) {
                    stream.more(frame.getInt());
                }
            }
            case PING -> {
                if ((flags & ACK) == 0) {
                    frame(PING, ACK, 0, payload);
                }
            }
            case GOAWAY -> isEnding = true;
            default -> {}
        }
    }

    private void head(int id, GrpcStream stream) throws IOException {
        MetaData decoded;
        try {
            decoded = decoder.decode(ByteBuffer.wrap(block.toByteArray()));
        } catch (HpackException.SessionException | HpackException.StreamException broken) {
            daemon.failed(broken);
            throw new IOException(broken);
        }
        block.reset();
        boolean isEnd = (blockFlags & END_STREAM) != 0;
        if (stream != null) {
            stream.trailers(decoded.getHttpFields());
            return;
        }
        MetaData.Request request = (MetaData.Request) decoded;
        String path = request.getHttpURI().getPathQuery();
        lastStream = id;
        GrpcStream opened = new GrpcStream(daemon, this, id, initialWindow, path, request.getHttpFields());
        streams.put(id, opened);
        daemon.received(new GrpcDaemon.Call(number, path, request.getHttpFields()));
        opened.begin(isEnd);
    }

    /** Takes at most so many bytes from the window of the connection. */
    int take(int bytes) {
        int taken = Math.min(Math.min(bytes, window), MAX_FRAME);
        window -= taken;
        daemon.written(taken);
        return taken;
    }

    void remove(int stream) {
        streams.remove(stream);
    }

    void frame(int type, int flags, int stream, byte... payload) throws IOException {
        peer.output().write(Http2Client.bytes(type, flags, stream, payload));
    }

    /** Sends a head or trailers in as many frames as they need. */
    void headers(int stream, boolean isEnd, String... fields) throws IOException {
        byte[] encoded = Http2Client.encode(fields);
        for (int from = 0; from < encoded.length; from += MAX_FRAME) {
            int to = Math.min(encoded.length, from + MAX_FRAME);
            int flags = (from == 0 && isEnd ? END_STREAM : 0) | (to == encoded.length ? END_HEADERS : 0);
            frame(from == 0 ? HEADERS : CONTINUATION, flags, stream, Arrays.copyOfRange(encoded, from, to));
        }
    }

    /** Sends GOAWAY, and closes the connection after its last call. */
    void goAway() throws IOException {
        isEnding = true;
        frame(GOAWAY, 0, 0, ByteBuffer.allocate(8).putInt(lastStream).putInt(0).array());
    }

    void finish() throws IOException {
        for (GrpcStream each : streams.values().toArray(GrpcStream[]::new)) {
            each.finish();
        }
    }

    /** Sends a message on each call that waits for it. */
    void push() throws IOException {
        for (GrpcStream each : streams.values().toArray(GrpcStream[]::new)) {
            each.push();
        }
    }

    /** Sends PING frames as the estimator of the bandwidth of grpc-go. */
    void ping() throws IOException {
        for (int i = 0; i < PINGS; i++) {
            frame(PING, 0, 0, new byte[8]);
        }
    }

    @SuppressWarnings("DoNotCallSuggester") // a handler calls it to end the connection
    void close() throws IOException {
        throw new IOException("The daemon closes the connection");
    }
}
