package org.socketproxy.daemon;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /_ping} on a connection of its own.
 *
 * <p>Threading: one thread calls and is blocked; any other may end it by closing.
 */
final class Ping implements Callable<String>, AutoCloseable {
    private static final int MAX_HEAD_BYTES = 8192;
    private static final byte[] REQUEST =
            "GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final String HEAD_END = "\r\n\r\n";

    private final Daemon daemon;
    private final Duration patience;
    private @Nullable BlockingConnection line;
    private boolean isClosed;

    Ping(Daemon daemon, Duration patience) {
        this.daemon = daemon;
        this.patience = patience;
    }

    /** The head of the answer and what came with it, or as much as came until it was too long. */
    @Override
    public String call() throws IOException {
        try (BlockingConnection dialled = keep(daemon.dial(patience))) {
            dialled.output().write(REQUEST);
            dialled.output().flush();
            byte[] answer = new byte[MAX_HEAD_BYTES];
            int length = 0;
            while (length < answer.length) {
                int count = dialled.input().read(answer, length, answer.length - length);
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

    private synchronized BlockingConnection keep(BlockingConnection dialled) throws IOException {
        line = dialled;
        if (isClosed) {
            dialled.close();
        }
        return dialled;
    }

    @Override
    public synchronized void close() {
        isClosed = true;
        try {
            if (line != null) {
                line.close();
            }
        } catch (IOException alreadyGone) {
            // Then nobody waits on it either.
        }
    }
}
