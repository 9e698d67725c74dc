package org.socketproxy.daemon;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Sends {@code GET /_ping} on a new blocking connection.
 *
 * <p>Threading: {@link #call} blocks; any other thread can end it with {@link #close}.
 */
final class Ping implements Callable<String>, AutoCloseable {
    private static final int MAX_HEAD_BYTES = 8192;
    private static final byte[] REQUEST =
            "GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final String HEAD_END = "\r\n\r\n";

    private final Daemon daemon;
    private final Duration timeout;
    private @Nullable BlockingConnection connection;
    private boolean isClosed;

    Ping(Daemon daemon, Duration timeout) {
        this.daemon = daemon;
        this.timeout = timeout;
    }

    /** Returns the first bytes of the response, at least up to the end of its head or to the size limit. */
    @Override
    public String call() throws IOException {
        try (BlockingConnection opened = register(daemon.openBlocking(timeout))) {
            opened.output().write(REQUEST);
            opened.output().flush();
            byte[] answer = new byte[MAX_HEAD_BYTES];
            int length = 0;
            while (length < answer.length) {
                int count = opened.input().read(answer, length, answer.length - length);
                if (count < 0) {
                    throw new EOFException();
                }
                length += count;
                String head = new String(answer, 0, length, StandardCharsets.ISO_8859_1);
                if (head.contains(HEAD_END)) {
                    return head;
                }
            }
            return new String(answer, StandardCharsets.ISO_8859_1);
        }
    }

    private synchronized BlockingConnection register(BlockingConnection opened) throws IOException {
        connection = opened;
        if (isClosed) {
            opened.close();
        }
        return opened;
    }

    @Override
    public synchronized void close() {
        isClosed = true;
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (IOException ignored) {
            // The connection is already closed.
        }
    }
}
