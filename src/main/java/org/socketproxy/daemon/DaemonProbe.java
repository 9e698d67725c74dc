package org.socketproxy.daemon;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Asks the daemon whether it lives and who it is: a {@link Ping} on a connection of its own, so that neither a full pool
 * nor an old connection answers for it.
 *
 * <p>Threading: however many ask, one at a time waits for the daemon, a second at most, and once in two seconds at most;
 * the others get the answer before.
 */
public final class DaemonProbe {
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    /** How long an answer is repeated to those who ask, without asking the daemon. */
    static final Duration VALIDITY = Duration.ofSeconds(2);

    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3})[ \r]");
    private static final Pattern SERVER = Pattern.compile("(?i)\r\nServer: *([\\w.+-]+)/([\\w.+~-]+)");
    private static final Pattern API_VERSION = Pattern.compile("(?i)\r\nApi-Version: *([\\d.]+)");

    private final Daemon daemon;
    private final AtomicBoolean isAsking = new AtomicBoolean();
    private Thread asking = new Thread(() -> {}, "probe"); // of whoever has set isAsking
    private volatile long askedNanos = System.nanoTime() - VALIDITY.toNanos();
    private volatile boolean hasAnswered;
    private volatile Answer last = Answer.UNKNOWN;

    /**
     * What came of asking.
     *
     * @param name and version, such as {@code Docker 28.5.2}; empty if it does not say
     * @param apiVersion the newest that it speaks, or empty
     * @param problem why there is no answer, in words, or empty
     */
    public record Answer(String name, String apiVersion, String problem) {
        /** Before the first question has come to its end. */
        public static final Answer UNKNOWN = none("it has not answered yet");

        static Answer none(String problem) {
            return new Answer("", "", problem);
        }
    }

    private DaemonProbe(Daemon daemon) {
        this.daemon = daemon;
    }

    /** A probe of a daemon, which need not be there yet. */
    public static DaemonProbe of(Daemon daemon) {
        return new DaemonProbe(daemon);
    }

    /** Whether the daemon answers, or did so a moment ago. */
    public boolean isAnswering() {
        return answer().problem().isEmpty();
    }

    /** Whether the daemon has answered its ping at least once. */
    public boolean hasAnswered() {
        return hasAnswered;
    }

    /** What the daemon says of itself, or said a moment ago. */
    public Answer answer() {
        boolean isOld = System.nanoTime() - askedNanos >= VALIDITY.toNanos();
        if (isOld && isAsking.compareAndSet(false, true)) {
            try {
                Answer answer = ask();
                hasAnswered |= answer.problem().isEmpty();
                last = answer;
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
        } catch (ExecutionException failed) {
            return Answer.none(daemon.problem(Objects.requireNonNullElse(failed.getCause(), failed)));
        } catch (TimeoutException failed) {
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

    /** A thread of its own asks: nobody knows how long a look-up, a handshake or a daemon keeps who waits for it. */
    private String exchange() throws ExecutionException, TimeoutException {
        if (asking.isAlive()) {
            throw new TimeoutException();
        }
        try (Ping ping = new Ping(daemon, PATIENCE)) {
            FutureTask<String> head = new FutureTask<>(ping);
            asking = new Thread(head, "probe");
            asking.setDaemon(true);
            asking.start();
            return head.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
            throw new TimeoutException();
        }
    }
}
