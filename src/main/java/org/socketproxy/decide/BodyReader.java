package org.socketproxy.decide;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Invocable;
import org.eclipse.jetty.util.thread.Scheduler;
import org.socketproxy.exchange.Denial;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.HeldBody;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.inquiry.Verdict;
import org.socketproxy.policy.Reason;

/**
 * Reads a request body into memory, and lets it be judged.
 *
 * <p>Threading: never blocks; Jetty calls {@link #run} whenever bytes have come. The first demand sends
 * {@code 100 Continue} to a client that expects it.
 *
 * <p>Security: reads no more than the judge's limit, plus one chunk. A body that fails before its end is denied: nothing of
 * it is forwarded.
 */
final class BodyReader implements Invocable.Task {
    private final Exchange exchange;
    private final int maxBytes;
    private final Function<HeldBody, Verdict> judge;
    private final HeldBody held;
    private final CompletableFuture<Verdict> verdict = new CompletableFuture<>();
    private final Content.Source source;
    private final HeldMemory.Share memory;
    private volatile Reason failure = Reason.BODY_INCOMPLETE;

    /**
     * Creates a reader for one body.
     *
     * @param judge judges the whole body; it holds the bytes to forward, or denies the request
     */
    BodyReader(Exchange exchange, int maxBytes, Function<HeldBody, Verdict> judge, HeldMemory.Share memory) {
        this.memory = memory;
        this.exchange = exchange;
        this.maxBytes = maxBytes;
        this.judge = judge;
        this.held = new HeldBody(maxBytes, memory);
        this.source = exchange.clientSide().request();
    }

    /**
     * Begins to read. Closes the connection of the client if the body is not complete after {@code timeout}, or earlier if other
     * exchanges need its memory.
     */
    CompletableFuture<Verdict> begin(Duration timeout) {
        exchange.readForJudge();
        Scheduler.Task expiry = exchange.clientSide()
                .scheduler()
                .schedule(() -> expire(Reason.BODY_TIMEOUT, timeout), timeout.toMillis(), TimeUnit.MILLISECONDS);
        long begin = System.nanoTime();
        memory.onCut(() -> exchange.clientSide()
                .executor()
                .execute(() -> expire(Reason.BODY_MEMORY, Duration.ofNanos(System.nanoTime() - begin))));
        memory.waitForClient();
        Request.addCompletionListener(exchange.clientSide().request(), any -> {
            expiry.cancel();
            held.release();
        });
        if (source.getLength() > maxBytes) {
            deny(BodyVerdict.tooLong(exchange.trial(), maxBytes)); // before the proxy sends 100 Continue
        } else {
            run();
        }
        return verdict;
    }

    @Override
    public void run() {
        while (true) {
            Content.Chunk chunk = source.read();
            if (chunk == null) {
                source.demand(this);
                return;
            }
            if (Content.Chunk.isFailure(chunk)) {
                abort(chunk.getFailure());
                return;
            }
            HeldBody.Added added = held.add(chunk.getByteBuffer());
            boolean isLast = chunk.isLast();
            chunk.release();
            if (added == HeldBody.Added.TOO_LONG) {
                deny(BodyVerdict.tooLong(exchange.trial(), maxBytes));
                return;
            }
            if (added == HeldBody.Added.NO_MEMORY) {
                deny(BodyVerdict.noMemory());
                return;
            }
            if (isLast) {
                judge();
                return;
            }
        }
    }

    private void judge() {
        memory.goOn();
        Denial ended = BodyVerdict.ended(exchange.trial());
        if (ended != null) {
            deny(ended);
            return;
        }
        Verdict found;
        try {
            found = judge.apply(held);
        } catch (RuntimeException | StackOverflowError broken) {
            verdict.completeExceptionally(broken);
            return;
        }
        if (found == Verdict.Passed.INSTANCE) {
            exchange.goOnWithBody();
        }
        verdict.complete(found);
    }

    private void deny(Denial denial) {
        verdict.complete(new Verdict.Denied(denial));
    }

    private void expire(Reason code, Duration after) {
        failure = code;
        exchange.abortBody(new TimeoutException("The request body was not complete after " + after.toMillis() + " ms"));
    }

    /** The client left, sent a broken chunk or was too slow, or the proxy stops. */
    private void abort(Throwable cause) {
        verdict.complete(new Verdict.Aborted(failure, cause));
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }
}
