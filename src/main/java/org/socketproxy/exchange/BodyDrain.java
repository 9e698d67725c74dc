package org.socketproxy.exchange;

import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.thread.Invocable;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Reads and discards the rest of a request body, up to 1 GiB and 30 seconds.
 *
 * <p>Threading: event-driven, never blocks; the completion runs once.
 */
final class BodyDrain implements Invocable.Task {
    /** More than a client has in flight when it receives the response, and more than most uploads. */
    private static final long LIMIT_BYTES = 1L << 30;

    private static final long LIMIT_SECONDS = 30;

    private final Content.Source body;
    private final Executor executor;
    private final Runnable whenDone;
    private final ReadQuota turn = new ReadQuota();
    private final AtomicBoolean isDone = new AtomicBoolean();
    private final Scheduler.Task deadline;
    private long drained;

    private BodyDrain(Content.Source body, Scheduler scheduler, Executor executor, Runnable whenDone) {
        this.body = body;
        this.executor = executor;
        this.whenDone = whenDone;
        this.deadline = scheduler.schedule(this::finish, LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    /**
     * Starts to read.
     *
     * @param body the unread part of the body
     * @param executor continues after each {@link ReadQuota}
     * @param whenDone runs once, at the end of the body or at a limit
     */
    static void start(Content.Source body, Scheduler scheduler, Executor executor, Runnable whenDone) {
        new BodyDrain(body, scheduler, executor, whenDone).run();
    }

    @Override
    public void run() {
        turn.begin();
        while (!isDone.get()) {
            if (turn.isOver()) {
                executor.execute(this);
                return;
            }
            Content.Chunk chunk = body.read();
            if (chunk == null) {
                body.demand(this);
                return;
            }
            drained += chunk.remaining();
            turn.moved(chunk.remaining());
            boolean isOver = chunk.isLast() || Content.Chunk.isFailure(chunk) || drained > LIMIT_BYTES;
            chunk.release();
            if (isOver) {
                finish();
            }
        }
    }

    private void finish() {
        if (isDone.compareAndSet(false, true)) {
            deadline.cancel();
            whenDone.run();
        }
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }
}
