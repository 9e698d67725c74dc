package org.socketproxy.daemon;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.socketproxy.daemon.Daemon.BlockingConnection;

/**
 * Probes the daemon with a {@link Ping} on a new connection, independent of the connection pool.
 *
 * <p>Threading: thread-safe. At most one caller waits, for at most one second in two seconds; other callers get the previous answer.
 */
public final class DaemonProbe {
    private static final Duration TIMEOUT = Duration.ofSeconds(1);
    /** Time for which an answer is reused. */
    static final Duration VALIDITY = Duration.ofSeconds(2);

    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3})[ \r]");
    private static final Pattern SERVER = Pattern.compile("(?i)\r\nServer: *([\\w.+-]+)/([\\w.+~-]+)");
    private static final Pattern API_VERSION = Pattern.compile("(?i)\r\nApi-Version: *([\\d.]+)");

    private final Daemon daemon;
    private final AtomicBoolean isProbing = new AtomicBoolean();
    private Thread worker = new Thread(() -> {}, "probe"); // guarded by isProbing
    private volatile long probedNanos = System.nanoTime() - VALIDITY.toNanos();
    private volatile boolean hasAnswered;
    private volatile Result last = Result.UNKNOWN;

    /**
     * Result of a probe; name and version are those of the last answer, or empty.
     *
     * @param name name and version, such as {@code Docker 28.5.2}
     * @param apiVersion highest supported API version, such as {@code 1.51}
     * @param problem the failure as a sentence; empty if the daemon answers
     */
    public record Result(String name, String apiVersion, String problem) {
        public static final Result UNKNOWN = none("it has not answered yet");

        static Result none(String problem) {
            return new Result("", "", problem);
        }

        private Result failed(String why) {
            return new Result(name, apiVersion, why);
        }

        public boolean isUnknown() {
            return problem.equals(UNKNOWN.problem);
        }
    }

    private DaemonProbe(Daemon daemon) {
        this.daemon = daemon;
    }

    public static DaemonProbe of(Daemon daemon) {
        return new DaemonProbe(daemon);
    }

    /** Returns the answer, which may be two seconds old. */
    public boolean isAnswering() {
        return answer().problem().isEmpty();
    }

    /** Returns true if the last probe had no answer; does not probe. */
    public boolean hasFailed() {
        Result known = last;
        return !known.problem().isEmpty() && !known.isUnknown();
    }

    /** Returns true after the first answer of the daemon. */
    public boolean hasAnswered() {
        return hasAnswered;
    }

    /** Probes the daemon, unless the last result is less than two seconds old or another probe is running. */
    public Result answer() {
        boolean isOld = System.nanoTime() - probedNanos >= VALIDITY.toNanos();
        if (isOld && isProbing.compareAndSet(false, true)) {
            try {
                Result answer = probe();
                hasAnswered |= answer.problem().isEmpty();
                last = answer;
                probedNanos = System.nanoTime();
            } finally {
                isProbing.set(false);
            }
        }
        return last;
    }

    /** A daemon that does not answer keeps its name. */
    private Result probe() {
        try {
            return parse(exchange());
        } catch (ExecutionException failed) {
            return last.failed(daemon.problem(Objects.requireNonNullElse(failed.getCause(), failed)));
        } catch (TimeoutException failed) {
            return last.failed(daemon.problem(failed));
        }
    }

    private static Result parse(String head) {
        Matcher status = STATUS.matcher(head);
        if (!status.lookingAt()) {
            return Result.none("it does not speak HTTP");
        }
        if (!status.group(1).equals("200")) {
            return Result.none("it answered GET /_ping with the status " + status.group(1));
        }
        Matcher server = SERVER.matcher(head);
        Matcher apiVersion = API_VERSION.matcher(head);
        return new Result(
                server.find() ? server.group(1) + " " + server.group(2) : "",
                apiVersion.find() ? apiVersion.group(1) : "",
                "");
    }

    /** Runs the ping in another thread, because a name resolution has no timeout. */
    private String exchange() throws ExecutionException, TimeoutException {
        if (worker.isAlive()) {
            throw new TimeoutException();
        }
        try (Ping ping = new Ping(daemon, TIMEOUT)) {
            FutureTask<String> head = new FutureTask<>(ping);
            worker = new Thread(head, "probe");
            worker.setDaemon(true);
            worker.start();
            return head.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new TimeoutException();
        }
    }

    /** Sends {@code GET /_ping}. {@link #call} blocks; any other thread can end it with {@link #close}. */
    static final class Ping implements Callable<String>, AutoCloseable {
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

        /** Returns the first bytes of the response, with its head up to the size limit. */
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
}
