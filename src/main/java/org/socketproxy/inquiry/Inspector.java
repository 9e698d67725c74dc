package org.socketproxy.inquiry;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.daemon.DaemonQuery.Answer;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.json.ListQuery;
import org.socketproxy.json.ResponseReader;

/**
 * Coalesces queries: at most one query for a target is in flight. Later callers share the next one, so no caller gets an answer
 * older than its own request.
 *
 * <p>Threading: safe for any number of threads. The thread that reads the daemon's connection completes the futures.
 *
 * <p>Security: a flood of requests for one object costs two queries.
 */
public final class Inspector {
    private final DaemonQuery daemon;
    private final Map<Object, Line> lines = new HashMap<>();

    public Inspector(DaemonQuery daemon) {
        this.daemon = daemon;
    }

    /** A query of which at most one is in flight. */
    private record Asked(Object key, String target, Supplier<@Nullable ResponseReader<?>> reader) {}

    private record Waiter(CompletableFuture<Inspection> answer, ClientConnection client) {}

    /** The exchanges that ask about one object. */
    private static final class Line {
        /** Share the query that is under way. */
        private List<Waiter> asking = new ArrayList<>();
        /** Came after that query was sent. */
        private List<Waiter> waiting = new ArrayList<>();

        private @Nullable Future<?> sent;
    }

    /**
     * Asks with GET.
     *
     * @param target path and query
     * @param asker client of the request that needs the answer
     * @return fails like {@link DaemonQuery#get}; a cancellation aborts the query if no other exchange needs it
     */
    public CompletableFuture<Inspection> inspect(String target, ClientConnection asker) {
        return ask(new Asked(target, target, () -> null), asker);
    }

    /** Asks for a list in the same way. */
    public CompletableFuture<Inspection> list(ListQuery<?> list, ClientConnection asker) {
        return ask(new Asked(list, list.target(), list::reader), asker);
    }

    private CompletableFuture<Inspection> ask(Asked asked, ClientConnection asker) {
        Waiter waiter = new Waiter(new CompletableFuture<>(), asker);
        boolean isFirst;
        Line line;
        synchronized (lines) {
            isFirst = !lines.containsKey(asked.key);
            line = lines.computeIfAbsent(asked.key, any -> new Line());
            (isFirst ? line.asking : line.waiting).add(waiter);
        }
        if (isFirst) {
            send(asked, line, asker);
        }
        var unused = waiter.answer.whenComplete((answer, failure) -> {
            if (waiter.answer.isCancelled()) {
                cancelUnneeded(line);
            }
        });
        return waiter.answer;
    }

    private void send(Asked asked, Line line, ClientConnection asker) {
        ResponseReader<?> reader = asked.reader.get();
        CompletableFuture<Answer> sent = daemon.get(asked.target, asker, reader);
        synchronized (lines) {
            line.sent = sent;
        }
        var unused = sent.whenComplete((answer, failure) -> receive(
                asked,
                line,
                answer == null
                        ? null
                        : new Inspection(answer.status(), answer.body(), reader == null ? null : reader.facts()),
                failure));
        cancelUnneeded(line);
    }

    /** Cancels the query if every exchange that shares it has ended. */
    private void cancelUnneeded(Line line) {
        Future<?> unneeded;
        synchronized (lines) {
            boolean isNeeded = line.asking.stream().anyMatch(waiter -> !waiter.answer.isDone());
            unneeded = isNeeded ? null : line.sent;
        }
        if (unneeded != null) {
            unneeded.cancel(false);
        }
    }

    private void receive(Asked asked, Line line, @Nullable Inspection shared, @Nullable Throwable failure) {
        List<Waiter> answered;
        ClientConnection next;
        synchronized (lines) {
            answered = line.asking;
            line.sent = null;
            line.waiting.removeIf(waiter -> waiter.answer.isDone());
            line.asking = line.waiting;
            line.waiting = new ArrayList<>();
            next = line.asking.isEmpty() ? null : line.asking.get(0).client;
            if (next == null) {
                lines.remove(asked.key);
            }
        }
        for (Waiter waiter : answered) {
            if (shared != null) {
                waiter.answer.complete(shared);
            } else if (failure != null) {
                waiter.answer.completeExceptionally(failure);
            }
        }
        if (next != null) {
            send(asked, line, next);
        }
    }
}
