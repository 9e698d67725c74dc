package org.socketproxy.jetty;

import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Defers the aborts of an exchange, and the release of its read buffer, until the response parser has returned.
 *
 * <p>Jetty delivers a response body from within the parser. An abort there releases the read buffer to the pool at
 * once, and the parser clears that buffer when it continues. Another connection may use the buffer by then and loses
 * the bytes of its response (related: Jetty issue 12934). After an upgrade of Jetty check whether
 * {@code HttpReceiverOverHTTP} still does this.
 *
 * <p>Threading: thread-safe. Several threads can be inside the parser, because one can take over before another has
 * returned. A thread can enter the parser while an abort runs; only the release of the buffer waits for it.
 */
final class DeferredAborts {
    private final Queue<Runnable> deferred = new ArrayDeque<>();
    private final Runnable bufferRelease;
    private int parsers;
    private boolean isReleasePending;

    /** @param bufferRelease runs after the end of an exchange, under the lock, while no thread is inside the parser */
    DeferredAborts(Runnable bufferRelease) {
        this.bufferRelease = bufferRelease;
    }

    synchronized void enter() {
        parsers++;
    }

    /** Runs the deferred aborts when the last thread leaves the parser. */
    void leave() {
        for (Runnable abort = exit(); abort != null; abort = next()) {
            abort.run();
        }
    }

    private synchronized @Nullable Runnable exit() {
        parsers--;
        releaseIfPossible();
        return next();
    }

    private synchronized @Nullable Runnable next() {
        return parsers == 0 ? deferred.poll() : null;
    }

    /** Runs the abort now, or when the last thread leaves the parser. */
    void run(Runnable abort) {
        if (!isDeferred(abort)) {
            abort.run();
        }
    }

    private synchronized boolean isDeferred(Runnable abort) {
        return parsers > 0 && deferred.add(abort);
    }

    /** Releases the buffer after the end of an exchange: now, or when the last thread leaves the parser. */
    synchronized void ended() {
        isReleasePending = true;
        releaseIfPossible();
    }

    private void releaseIfPossible() {
        if (isReleasePending && parsers == 0) {
            isReleasePending = false;
            bufferRelease.run();
        }
    }
}
