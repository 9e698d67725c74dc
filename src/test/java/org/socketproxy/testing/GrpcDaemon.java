package org.socketproxy.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.http.HttpFields;

/**
 * Fake BuildKit: a daemon that answers {@code POST /grpc} with 101 and continues with HTTP/2. The field {@code do} of a
 * call names what the daemon does, see {@link GrpcStream}. Other requests of HTTP/1.1 get the answer of a script, or 200.
 */
public final class GrpcDaemon implements AutoCloseable {
    private static final String UPGRADED = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";

    /** A call that the daemon has received; the fields are those of the head. */
    public record Call(int connection, String path, HttpFields fields) {}

    /** The end of a call: its body, the trailers of the client, and the code of RST_STREAM or -1. */
    public record End(String path, int bytes, HttpFields trailers, int reset) {}

    /** Answers a request of HTTP/1.1 other than {@code POST /grpc}. */
    public interface Answer {
        void to(String head, FakeDaemon.Peer peer) throws IOException;
    }

    private final FakeDaemon daemon;
    private final Answer others;
    private final AtomicInteger openUpgrades = new AtomicInteger();
    private final AtomicLong written = new AtomicLong();
    private final BlockingQueue<Call> calls = new LinkedBlockingQueue<>();
    private final BlockingQueue<End> ends = new LinkedBlockingQueue<>();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final Map<Integer, GrpcConnection> connections = new ConcurrentHashMap<>();
    private final Set<String> refused = ConcurrentHashMap.newKeySet();
    private volatile boolean isNative;

    private GrpcDaemon(FakeDaemon.Kind kind, Path folder, Answer others) throws IOException {
        this.others = others;
        this.daemon = FakeDaemon.running(kind, folder, this::serve);
    }

    public static GrpcDaemon start(FakeDaemon.Kind kind, Path folder) throws IOException {
        return new GrpcDaemon(
                kind, folder, (head, peer) -> peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"));
    }

    /** Starts a daemon on a Unix socket that also answers other requests. */
    public static GrpcDaemon answering(Path folder, Answer others) throws IOException {
        return new GrpcDaemon(FakeDaemon.Kind.UNIX, folder, others);
    }

    /** Answers further upgrades with 404. */
    public GrpcDaemon refuse() {
        refused.add("grpc");
        return this;
    }

    /** Answers further upgrades with 404, and accepts HTTP/2 on the socket itself, as dockerd from API 1.53. */
    public GrpcDaemon acceptOnlyPriorKnowledge() {
        isNative = true;
        return refuse();
    }

    /** Ends each paced call of all connections, which send nothing else at this time. */
    void finish() throws IOException {
        for (GrpcConnection each : connections.values()) {
            each.finish();
        }
    }

    private void serve(FakeDaemon.Peer peer) throws IOException {
        for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
            if (isNative && head.equals(GrpcConnection.PREFACE_HEAD)) {
                serve(new GrpcConnection(this, connections.size(), peer), head);
                return;
            } else if (!head.startsWith("POST /grpc ")) {
                others.to(head, peer);
            } else if (!refused.isEmpty()) {
                peer.write("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone");
            } else {
                peer.write(UPGRADED);
                serve(new GrpcConnection(this, connections.size(), peer), "");
                return;
            }
        }
    }

    private void serve(GrpcConnection connection, String begin) throws IOException {
        connections.put(connections.size(), connection);
        openUpgrades.incrementAndGet();
        try {
            connection.run(begin);
        } finally {
            openUpgrades.decrementAndGet();
        }
    }

    void received(Call call) {
        calls.add(call);
    }

    void ended(End end) {
        ends.add(end);
    }

    void failed(Throwable failure) {
        failures.add(failure);
    }

    void written(int bytes) {
        written.addAndGet(bytes);
    }

    /** Returns the next call that has come, within five minutes. */
    public Call takeCall() throws InterruptedException {
        return taken(calls);
    }

    /** Returns the next call of which all has come, or that the client has reset, within five minutes. */
    public End takeEnd() throws InterruptedException {
        return taken(ends);
    }

    private static <T> T taken(BlockingQueue<T> queue) throws InterruptedException {
        T next = queue.poll(300, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("Nothing has reached the daemon within five minutes");
        }
        return next;
    }

    /** Returns whether the test has taken all calls. */
    public boolean isUntouched() {
        return calls.isEmpty();
    }

    /** Number of connections that were upgraded. */
    public int upgrades() {
        return connections.size();
    }

    /** Number of open connections that were upgraded. */
    public int openUpgrades() {
        return openUpgrades.get();
    }

    /** Number of open connections, also those without an upgrade. */
    public int open() {
        return daemon.open();
    }

    /** Bytes of messages that the daemon has written. */
    public long written() {
        return written.get();
    }

    /** The daemon below, with the requests of HTTP/1.1. */
    public FakeDaemon http() {
        return daemon;
    }

    public String host() {
        return daemon.host();
    }

    /** Returns a gRPC message: the flag, the length and these bytes. */
    public static String message(String text) {
        byte[] head = ByteBuffer.allocate(5).put((byte) 0).putInt(text.length()).array();
        return new String(head, StandardCharsets.ISO_8859_1) + text;
    }

    @Override
    public void close() throws IOException {
        daemon.close();
        Throwable failed = failures.poll();
        if (failed != null) {
            throw new AssertionError(failed);
        }
    }
}
