package org.socketproxy.proxy;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Asks the daemon whether it lives and who it is: {@code GET /_ping} on a connection of its own, so that neither a full pool
 * nor an old connection answers for it.
 *
 * <p>Threading: however many ask, one at a time waits for the daemon, a second at most, and once in two seconds at most;
 * the others get the answer before.
 */
public final class DaemonProbe {
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final Duration VALIDITY = Duration.ofSeconds(2);
    private static final int MAX_HEAD_BYTES = 8192;
    private static final byte[] PING =
            "GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final String HEAD_END = "\r\n\r\n";
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3})[ \r]");
    private static final Pattern SERVER = Pattern.compile("(?i)\r\nServer: *([\\w.+-]+)/([\\w.+~-]+)");
    private static final Pattern API_VERSION = Pattern.compile("(?i)\r\nApi-Version: *([\\d.]+)");

    private final Path socket;
    private final Daemon daemon;
    private final AtomicBoolean isAsking = new AtomicBoolean();
    private volatile long askedNanos = System.nanoTime() - VALIDITY.toNanos();
    private volatile Answer last = Answer.none("it has not answered yet");

    /**
     * What came of asking.
     *
     * @param name and version, such as {@code Docker 28.5.2}; empty if it does not say
     * @param apiVersion the newest that it speaks, or empty
     * @param problem why there is no answer, in words, or empty
     */
    public record Answer(String name, String apiVersion, String problem) {
        static Answer none(String problem) {
            return new Answer("", "", problem);
        }
    }

    private DaemonProbe(Path socket) {
        this.socket = socket;
        this.daemon = Daemon.at(socket);
    }

    /** A probe of the daemon behind a Unix socket, which need not exist yet. */
    public static DaemonProbe at(Path socket) {
        return new DaemonProbe(socket);
    }

    /** Whether the daemon answers, or did so a moment ago. */
    public boolean isAnswering() {
        return answer().problem().isEmpty();
    }

    /** What the daemon says of itself, or said a moment ago. */
    public Answer answer() {
        boolean isOld = System.nanoTime() - askedNanos >= VALIDITY.toNanos();
        if (isOld && isAsking.compareAndSet(false, true)) {
            try {
                last = ask();
                askedNanos = System.nanoTime();
            } finally {
                isAsking.set(false);
            }
        }
        return last;
    }

    private Answer ask() {
        try {
            return read(exchange());
        } catch (IOException | TimeoutException failed) {
            return Answer.none(daemon.problem(failed));
        }
    }

    private static Answer read(String head) {
        Matcher status = STATUS.matcher(head);
        if (!status.lookingAt()) {
            return Answer.none("it does not speak HTTP");
        }
        if (!status.group(1).equals("200")) {
            return Answer.none("it answered GET /_ping with the status " + status.group(1));
        }
        Matcher server = SERVER.matcher(head);
        Matcher apiVersion = API_VERSION.matcher(head);
        return new Answer(
                server.find() ? server.group(1) + " " + server.group(2) : "",
                apiVersion.find() ? apiVersion.group(1) : "",
                "");
    }

    /** The head of the answer, or as much as came of it until it was too long. */
    private String exchange() throws IOException, TimeoutException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                Selector selector = Selector.open()) {
            channel.configureBlocking(false);
            if (!channel.connect(UnixDomainSocketAddress.of(socket))
                    || channel.write(ByteBuffer.wrap(PING)) < PING.length) {
                throw new ConnectException("It takes no connection");
            }
            channel.register(selector, SelectionKey.OP_READ);
            ByteBuffer answer = ByteBuffer.allocate(MAX_HEAD_BYTES);
            while (answer.hasRemaining()) {
                long millis = (deadline - System.nanoTime()) / 1_000_000;
                if (millis <= 0) {
                    throw new TimeoutException();
                }
                selector.select(millis);
                selector.selectedKeys().clear();
                boolean isEnd = channel.read(answer) < 0;
                String head = new String(answer.array(), 0, answer.position(), StandardCharsets.ISO_8859_1);
                if (head.contains(HEAD_END)) {
                    return head;
                }
                if (isEnd) {
                    throw new EOFException();
                }
            }
            return new String(answer.array(), StandardCharsets.ISO_8859_1);
        }
    }
}
