package org.socketproxy.notify;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.notify.Notification.Kind;
import org.socketproxy.notify.Webhook.Result;

/**
 * Queue of messages, which one thread sends. Messages that clients cause have a rate, of which each profile and client has a
 * share; one message stands for those without a place.
 *
 * <p>Threading: thread-safe; {@link #put} does not block.
 *
 * <p>Security: bounded. Clients take neither the rate nor the places of other messages.
 */
final class MessageQueue implements AutoCloseable {
    /** Places of messages that no client causes. */
    static final int CAPACITY = 32;

    private static final Logger LOG = LoggerFactory.getLogger(MessageQueue.class);
    private static final int ATTEMPTS = 3;
    private static final int MOST_PROFILES = 10;

    private final Function<Notification, Result> sender;
    private final Pace pace;
    private final Deque<Notification> others = new ArrayDeque<>();
    private final ClientMessages ofClients = new ClientMessages();
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final Thread thread = new Thread(this::run, "notify");
    private final TreeSet<String> profiles = new TreeSet<>();
    private long suppressed;
    private int permits;
    private long refilled;
    private volatile String problem = "";

    /**
     * Times of the queue.
     *
     * @param burst messages of clients at once, after a time without messages
     * @param between time until one more may be sent, and between messages that stand for others
     * @param retry time before a failed message is sent again
     */
    record Pace(int burst, Duration between, Duration retry) {
        static final Pace USUAL = new Pace(5, Duration.ofMinutes(1), Duration.ofSeconds(20));
    }

    private MessageQueue(Function<Notification, Result> sender, Pace pace) {
        this.sender = sender;
        this.pace = pace;
        this.permits = pace.burst;
        this.refilled = System.nanoTime();
    }

    static MessageQueue start(Function<Notification, Result> sender) {
        return start(sender, Pace.USUAL);
    }

    static MessageQueue start(Function<Notification, Result> sender, Pace pace) {
        MessageQueue queue = new MessageQueue(sender, pace);
        queue.thread.setDaemon(true);
        queue.thread.start();
        return queue;
    }

    /** Queues a message; counts the one that has no place. */
    synchronized void put(Notification message) {
        Notification without = message.kind().isOfClients() ? ofClients.add(message) : addOther(message);
        if (without != null) {
            suppressed++;
            if (profiles.size() < MOST_PROFILES) {
                profiles.add(without.profile());
            }
        }
        if (!message.equals(without)) {
            notifyAll();
        }
    }

    private @Nullable Notification addOther(Notification message) {
        if (others.size() == CAPACITY) {
            return message;
        }
        others.add(message);
        return null;
    }

    /** Returns the next message; waits for one, for a permit, or for an end of the messages without a place; then perhaps null. */
    private synchronized @Nullable Notification next() throws InterruptedException {
        Notification next = ready();
        if (next != null) {
            return next;
        }
        TimeUnit.NANOSECONDS.timedWait(this, pace.between.toNanos());
        next = ready();
        return next == null && ofClients.isEmpty() ? summaryOfSuppressed() : next;
    }

    private @Nullable Notification ready() {
        Notification other = others.poll();
        return other == null && !ofClients.isEmpty() && takePermit() ? ofClients.take() : other;
    }

    private boolean takePermit() {
        long now = System.nanoTime();
        long more = (now - refilled) / pace.between.toNanos();
        if (more > 0) {
            permits = (int) Math.min(pace.burst, permits + more);
            refilled = permits == pace.burst ? now : refilled + more * pace.between.toNanos();
        }
        if (permits == 0) {
            return false;
        }
        permits--;
        return true;
    }

    /** Returns a message that stands for those that were not queued, or null. */
    private @Nullable Notification summaryOfSuppressed() {
        if (suppressed == 0 || !takePermit()) {
            return null;
        }
        profiles.remove("");
        String names = profiles.isEmpty() ? "" : " (profiles: " + String.join(", ", profiles) + ")";
        Notification message = new Notification(
                Instant.now(),
                Kind.MORE_DENIED,
                "",
                suppressed + " more messages were not sent" + names + "; the status page has the denials");
        suppressed = 0;
        profiles.clear();
        return message;
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                Notification next = next();
                if (next != null) {
                    send(next);
                }
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private void send(Notification message) throws InterruptedException {
        Result result = sender.apply(message);
        for (int attempt = 1; attempt < ATTEMPTS && result.mayPass(); attempt++) {
            Thread.sleep(pace.retry.toMillis());
            result = sender.apply(message);
        }
        (result.isSent() ? sent : failed).incrementAndGet();
        String now = result.problem();
        if (!now.equals(problem)) {
            problem = now;
            if (now.isEmpty()) {
                LOG.info("NOTIFY: messages arrive again");
            } else {
                LOG.warn("NOTIFY: a message did not arrive: {}", now);
            }
        }
    }

    /** Returns the counts, and the cause of the last failure. */
    synchronized String summary() {
        return sent.get() + " sent, " + failed.get() + " failed, " + (others.size() + ofClients.size()) + " waiting"
                + (problem.isEmpty() ? "" : ": " + problem);
    }

    /** Discards what waits. */
    @Override
    public void close() {
        thread.interrupt();
    }
}
