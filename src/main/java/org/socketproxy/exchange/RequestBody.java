package org.socketproxy.exchange;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.io.Content;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.CreateNotes.Shadowed;

/**
 * Streams the request body of the client to the daemon chunk by chunk, with back-pressure.
 *
 * <p>Threading: one reader at a time. When the daemon stops reading, the body outlives the request to the daemon; the
 * reader of the rest then replaces the waiting reader.
 */
final class RequestBody implements Request.Content {
    private final Content.Source source;
    private final Executor executor;
    private final @Nullable Shadowed shadow;
    private final ReadQuota turn = new ReadQuota();
    private final AtomicReference<@Nullable Runnable> waiting = new AtomicReference<>();
    private volatile boolean isReadToEnd;
    private volatile boolean isBroken;

    /**
     * @param executor continues after each {@link ReadQuota}
     * @param shadow sees the body too, or null
     */
    RequestBody(Content.Source source, Executor executor, @Nullable Shadowed shadow) {
        this.source = source;
        this.executor = executor;
        this.shadow = shadow;
    }

    boolean isReadToEnd() {
        return isReadToEnd;
    }

    /** Returns whether the client disconnected before the end of the body. */
    boolean isBroken() {
        return isBroken;
    }

    @Override
    public long getLength() {
        return source.getLength();
    }

    /** Returns null, because the proxy forwards the Content-Type header of the client. */
    @Override
    public @Nullable String getContentType() {
        return null;
    }

    @Override
    public Content.@Nullable Chunk read() {
        if (turn.isOver() || waiting.get() != null) {
            return null; // the reader then calls demand; Jetty closes a connection that is read during a demand
        }
        Content.Chunk chunk = source.read();
        if (chunk != null) {
            turn.moved(chunk.remaining());
        }
        if (chunk != null && chunk.isLast()) {
            isReadToEnd = true;
            isBroken = Content.Chunk.isFailure(chunk);
        }
        if (shadow != null && chunk != null && !Content.Chunk.isFailure(chunk)) {
            shadow.receive(chunk.getByteBuffer().asReadOnlyBuffer(), chunk.isLast());
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

    /** Does nothing: after a failed request to the daemon the client still gets a response. */
    @Override
    public void fail(Throwable failure) {}

    @Override
    public void fail(Throwable failure, boolean isLast) {}

    @Override
    public boolean rewind() {
        return false;
    }
}
