package org.socketproxy.exchange;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.io.Content;
import org.jspecify.annotations.Nullable;

/**
 * The client's request body on its way to the daemon, chunk by chunk: the daemon's pace is the client's pace.
 *
 * <p>Threading: one reader at a time. When the daemon has stopped reading, the body outlives the request to it, and
 * whoever reads the rest takes the place of the reader that was waiting.
 */
final class RequestBody implements Request.Content {
    private final Content.Source source;
    private final Executor executor;
    private final Turn turn = new Turn();
    private final AtomicReference<@Nullable Runnable> waiting = new AtomicReference<>();
    private volatile boolean isReadToEnd;
    private volatile boolean isBroken;

    /** @param executor goes on with it after each {@link Turn} */
    RequestBody(Content.Source source, Executor executor) {
        this.source = source;
        this.executor = executor;
    }

    boolean isReadToEnd() {
        return isReadToEnd;
    }

    /** Whether the client left before it had sent all of it. */
    boolean isBroken() {
        return isBroken;
    }

    @Override
    public long getLength() {
        return source.getLength();
    }

    /** None: the client's own header is forwarded. */
    @Override
    public @Nullable String getContentType() {
        return null;
    }

    @Override
    public Content.@Nullable Chunk read() {
        if (turn.isOver()) {
            return null; // the reader then demands more
        }
        Content.Chunk chunk = source.read();
        if (chunk != null) {
            turn.moved(chunk.remaining());
        }
        if (chunk != null && chunk.isLast()) {
            isReadToEnd = true;
            isBroken = Content.Chunk.isFailure(chunk);
        }
        return chunk;
    }

    @Override
    public void demand(Runnable reader) {
        boolean isTurnOver = turn.isOver();
        turn.begin();
        if (waiting.getAndSet(reader) != null) {
            return;
        }
        if (isTurnOver) {
            executor.execute(this::available);
        } else {
            source.demand(this::available);
        }
    }

    private void available() {
        Runnable reader = waiting.getAndSet(null);
        if (reader != null) {
            reader.run();
        }
    }

    /** A failed request to the daemon must not fail the client's: it still gets its answer. */
    @Override
    public void fail(Throwable failure) {}

    @Override
    public void fail(Throwable failure, boolean isLast) {}

    @Override
    public boolean rewind() {
        return false;
    }
}
