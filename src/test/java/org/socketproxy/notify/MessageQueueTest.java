package org.socketproxy.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.socketproxy.notify.MessageQueue.Pace;
import org.socketproxy.notify.Notification.Cause;
import org.socketproxy.notify.Notification.Kind;
import org.socketproxy.notify.Webhook.Result;
import org.socketproxy.testing.ProcessResources;

/** Rate, bound and repetition of messages. */
class MessageQueueTest {
    private static final Result LATER = new Result("HTTP status 503", true);
    private static final Pace FAST = new Pace(5, Duration.ofMillis(20), Duration.ofMillis(1));
    /** No permit is added during a test. */
    private static final Pace SLOW = new Pace(5, Duration.ofHours(1), Duration.ofMillis(1));

    private final BlockingQueue<Notification> received = new LinkedBlockingQueue<>();
    private MessageQueue queue;

    @AfterEach
    void stop() {
        queue.close();
    }

    private Notification next() throws InterruptedException {
        return received.poll(120, TimeUnit.SECONDS);
    }

    private static Notification message(Kind kind, String profile) {
        return message(kind, profile, "");
    }

    private static Notification message(Kind kind, String profile, String client) {
        return new Notification(Instant.EPOCH, kind, profile, new Cause(client, ""), "text");
    }

    private Result receive(Notification message) {
        received.add(message);
        return Result.SENT;
    }

    @Test
    void messagesBeyondTheRateAreCountedInOneMessage() throws InterruptedException {
        MessageQueue full = MessageQueue.start(this::receive, FAST);
        queue = full;
        synchronized (full) { // no permit is taken for a summary meanwhile
            for (int number = 0; number < 105; number++) {
                full.put(message(Kind.DENIED, "p" + number % 20, ""));
            }
        }

        long sent = 0;
        Notification last = next();
        while (last.kind() == Kind.DENIED) {
            sent++;
            last = next();
        }
        assertThat(last.kind()).isEqualTo(Kind.MORE_DENIED);
        assertThat(sent).isEqualTo(ClientMessages.CAPACITY);
        assertThat(last.text())
                .matches((105 - sent) + " more messages were not sent \\(profiles: (p\\d+, ){9}p\\d+\\);"
                        + " the status page has the denials");
    }

    @Test
    void hangingReceiverBlocksNobodyAndClientsLeavePlacesForOthers() throws InterruptedException {
        CountDownLatch hang = new CountDownLatch(1);
        queue = MessageQueue.start(
                message -> {
                    try {
                        hang.await();
                    } catch (InterruptedException closed) {
                        Thread.currentThread().interrupt();
                    }
                    return receive(message);
                },
                new Pace(1000, Duration.ofHours(1), Duration.ofMillis(1)));
        for (int number = 0; number < 500; number++) {
            queue.put(message(Kind.DENIED, ""));
        }
        for (int number = 0; number < 20; number++) {
            queue.put(message(Kind.ROOT, ""));
        }
        hang.countDown();

        ProcessResources.await(
                () -> received.stream().filter(each -> each.kind() == Kind.ROOT).count() == 20);
        assertThat(received).hasSizeLessThanOrEqualTo(20 + ClientMessages.MOST_OF_CLIENT + 1);
    }

    /** The first client sends as many as there are places; the second and the other profile only one. */
    @Test
    void eachProfileAndInItEachClientHasAnEqualShare() throws InterruptedException {
        MessageQueue shared = MessageQueue.start(this::receive, FAST);
        queue = shared;
        synchronized (shared) {
            for (int number = 0; number < 20 * ClientMessages.CAPACITY; number++) {
                shared.put(message(Kind.DENIED, "a", "flood" + number % 20));
            }
            shared.put(message(Kind.DENIED, "a", "quiet"));
            shared.put(message(Kind.DENIED, "b", "quiet"));
        }

        List<String> order = new ArrayList<>();
        while (order.size() < ClientMessages.CAPACITY) {
            Notification next = next();
            order.add(next.profile() + " " + next.cause().client());
        }
        assertThat(order.subList(0, 22)).contains("a quiet").doesNotHaveDuplicates();
        assertThat(order.subList(0, 2)).contains("b quiet");
    }

    @Test
    void otherMessagesDoNotNeedThePermitsOfClients() throws InterruptedException {
        queue = MessageQueue.start(this::receive, SLOW);
        for (int number = 0; number < 50; number++) {
            queue.put(message(Kind.DENIED, ""));
        }
        queue.put(message(Kind.DAEMON_LOST, ""));

        ProcessResources.await(() -> received.size() == 6);
        assertThat(received).map(Notification::kind).contains(Kind.DAEMON_LOST);
    }

    @Test
    void failedMessageIsSentThreeTimesIfItCanArriveLater() throws InterruptedException {
        Deque<Result> results = new ArrayDeque<>(
                List.of(LATER, LATER, Result.SENT, LATER, LATER, LATER, new Result("HTTP status 404", false)));
        queue = MessageQueue.start(
                message -> {
                    received.add(message);
                    return results.pop();
                },
                SLOW);
        queue.put(message(Kind.ROOT, "a"));
        queue.put(message(Kind.ROOT, "b"));
        queue.put(message(Kind.ROOT, "c"));

        ProcessResources.await(() -> queue.summary().equals("1 sent, 2 failed, 0 waiting: HTTP status 404"));
        assertThat(received).map(Notification::profile).containsExactly("a", "a", "a", "b", "b", "b", "c");
    }
}
