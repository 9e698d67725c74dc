package org.socketproxy.decide;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.daemon.DaemonQuery.Answer;
import org.socketproxy.exchange.ClientConnection;

/**
 * Questions to the daemon, merged: of any number of exchanges that ask about the same object at the same time, one question
 * is under way. Exchanges that come later share the next one, so that each answer is newer than the request.
 *
 * <p>Threading: safe for any number of threads. The thread that reads the daemon's connection completes the futures.
 *
 * <p>Security: an answer is parsed once for all exchanges, so that a flood of requests for one object costs two questions.
 *
 * @param <R> by what an answer is read, such as rules
 * @param <T> what is read from an answer with status 200
 */
final class Inspector<R, T> {
    private static final int OK = 200;

    private final DaemonQuery daemon;
    private final BiFunction<R, ByteBuffer, T> reader;
    private final Map<Key<R>, Line> lines = new HashMap<>();

    /** @param reader reads the body of an answer with status 200; its result is shared */
    Inspector(DaemonQuery daemon, BiFunction<R, ByteBuffer, T> reader) {
        this.daemon = daemon;
        this.reader = reader;
    }

    /**
     * Answer of the daemon.
     *
     * @param body the daemon's error; empty if the status is 200
     * @param value what was read, if the status is 200
     */
    record Shared<T>(int status, ByteBuffer body, @Nullable T value) {}

    private record Key<R>(R rules, String target) {}

    private record Waiter<T>(CompletableFuture<Shared<T>> answer, ClientConnection client) {}

    /** The exchanges that ask about one object. */
    private final class Line {
        /** Share the question that is under way. */
        private List<Waiter<T>> asking = new ArrayList<>();
        /** Came after that question was sent. */
        private List<Waiter<T>> waiting = new ArrayList<>();

        private @Nullable Future<?> question;
    }

    /**
     * Asks with GET.
     *
     * @param target path and query
     * @param asker the client whose request depends on the answer
     * @return fails like {@link DaemonQuery#get}; a cancellation aborts the question if no other exchange needs it
     */
    CompletableFuture<Shared<T>> ask(R rules, String target, ClientConnection asker) {
        Waiter<T> waiter = new Waiter<>(new CompletableFuture<>(), asker);
        Key<R> key = new Key<>(rules, target);
        boolean isFirst;
        Line line;
        synchronized (lines) {
            isFirst = !lines.containsKey(key);
            line = lines.computeIfAbsent(key, any -> new Line());
            (isFirst ? line.asking : line.waiting).add(waiter);
        }
        if (isFirst) {
            send(key, line, asker);
        }
        var unused = waiter.answer.whenComplete((answer, failure) -> {
            if (waiter.answer.isCancelled()) {
                cancelUnneeded(line);
            }
        });
        return waiter.answer;
    }

    private void send(Key<R> key, Line line, ClientConnection asker) {
        CompletableFuture<Answer> question = daemon.get(key.target, asker);
        synchronized (lines) {
            line.question = question;
        }
        var unused = question.whenComplete((answer, failure) -> receive(key, line, answer, failure));
        cancelUnneeded(line);
    }

    /** Cancels the question if every exchange that shares it has ended. */
    private void cancelUnneeded(Line line) {
        Future<?> unneeded;
        synchronized (lines) {
            boolean isNeeded = line.asking.stream().anyMatch(waiter -> !waiter.answer.isDone());
            unneeded = isNeeded ? null : line.question;
        }
        if (unneeded != null) {
            unneeded.cancel(false);
        }
    }

    private void receive(Key<R> key, Line line, @Nullable Answer answer, @Nullable Throwable failure) {
        List<Waiter<T>> answered;
        ClientConnection next;
        synchronized (lines) {
            answered = line.asking;
            line.question = null;
            line.waiting.removeIf(waiter -> waiter.answer.isDone());
            line.asking = line.waiting;
            line.waiting = new ArrayList<>();
            next = line.asking.isEmpty() ? null : line.asking.get(0).client;
            if (next == null) {
                lines.remove(key);
            }
        }
        deliver(key, answered, answer, failure);
        if (next != null) {
            send(key, line, next);
        }
    }

    private void deliver(Key<R> key, List<Waiter<T>> answered, @Nullable Answer answer, @Nullable Throwable failure) {
        Shared<T> shared = null;
        Throwable problem = failure;
        if (answer != null) {
            try {
                boolean isDescribed = answer.status() == OK;
                T value = isDescribed ? reader.apply(key.rules, answer.body()) : null;
                ByteBuffer error = isDescribed ? ByteBuffer.allocate(0) : answer.body();
                shared = new Shared<>(answer.status(), error, value);
            } catch (RuntimeException | StackOverflowError broken) {
                problem = broken;
            }
        }
        for (Waiter<T> waiter : answered) {
            if (shared != null) {
                waiter.answer.complete(shared);
            } else if (problem != null) {
                waiter.answer.completeExceptionally(problem);
            }
        }
    }
}
