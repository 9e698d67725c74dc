package org.socketproxy.proxy;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.thread.Invocable;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Reads what a client still sends of a body that nobody wants, and throws it away, up to a number of bytes and seconds.
 *
 * <p>Threading: never blocks; the end is told once.
 */
final class BodyDrain implements Invocable.Task {
    /** Well over what a client has under way when it sees the answer, and over most whole uploads. */
    private static final long LIMIT_BYTES = 1L << 30;

    private static final long LIMIT_SECONDS = 30;

    private final Content.Source body;
    private final Runnable whenDone;
    private final AtomicBoolean isDone = new AtomicBoolean();
    private final Scheduler.Task deadline;
    private long drained;

    private BodyDrain(Content.Source body, Scheduler scheduler, Runnable whenDone) {
        this.body = body;
        this.whenDone = whenDone;
        this.deadline = scheduler.schedule(this::finish, LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    /** @param body what is left to read of it */
    static void start(Content.Source body, Scheduler scheduler, Runnable whenDone) {
        new BodyDrain(body, scheduler, whenDone).run();
    }

    @Override
    public void run() {
        while (!isDone.get()) {
            Content.Chunk chunk = body.read();
            if (chunk == null) {
                body.demand(this);
                return;
            }
            drained += chunk.remaining();
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
