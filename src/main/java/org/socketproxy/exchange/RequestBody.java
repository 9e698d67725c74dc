package org.socketproxy.exchange;

import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EofException;
import org.jspecify.annotations.Nullable;
import org.socketproxy.archive.ArchiveException;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.exchange.Trial.StreamedArchive;
import org.socketproxy.policy.Reason;

/**
 * Streams the request body of the client to the daemon chunk by chunk, with back-pressure.
 *
 * <p>Threading: one reader at a time. When the daemon stops reading, the body outlives the request to the daemon; the
 * reader of the rest then replaces the waiting reader.
 */
final class RequestBody implements Request.Content {
    private final Content.Source source;
    private final @Nullable JudgedArchive archive;
    private final HeldMemory.@Nullable Share window;
    private final Exchange exchange;
    private final @Nullable Shadowed shadow;
    private final ReadQuota turn = new ReadQuota();
    private final UploadRate rate = new UploadRate();
    private final AtomicReference<@Nullable Runnable> waiting = new AtomicReference<>();
    private volatile boolean isReadToEnd;
    private volatile boolean isBroken;

    RequestBody(Content.Source body, Exchange exchange) {
        StreamedArchive streamed = exchange.trial().archive();
        this.window = streamed == null ? null : streamed.window();
        this.archive = streamed == null ? null : new JudgedArchive(body, streamed.judge());
        this.source = archive == null ? body : archive;
        this.exchange = exchange;
        this.shadow = exchange.shadow();
    }

    /** Returns whether the client sends too slowly; to be asked often, by one thread. An upgrade has no body of this kind. */
    boolean isTooSlow(long nowNanos) {
        Operation operation = exchange.trial().operation();
        boolean isUpload = operation.upgrade() == null && !operation.isGrpc();
        return isUpload && !exchange.trial().isBodyHeld() && !isReadToEnd && rate.isTooLow(nowNanos);
    }

    /** Returns false if the permission of the request has ended: the daemon must not get more of the body. */
    private boolean isPermitted() {
        boolean isAllowed = exchange.trial().isBodyHeld() || exchange.trial().ended() == null;
        if (!isAllowed) {
            exchange.withhold(Reason.REVOKED);
        }
        return isAllowed;
    }

    boolean isReadToEnd() {
        return isReadToEnd;
    }

    /** Returns the rest of the body, which is read to be discarded, after the request to the daemon has ended. */
    Content.Source rest() {
        if (archive != null) {
            archive.discard();
        }
        return this;
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
            rate.received(chunk.remaining());
            if (!Content.Chunk.isFailure(chunk) && !isPermitted()) {
                chunk.release();
                chunk = Content.Chunk.from(new EofException("The permission of this request has ended"), true);
            }
        }
        if (chunk != null && chunk.isLast()) {
            isReadToEnd = true;
            isBroken = Content.Chunk.isFailure(chunk) && !(chunk.getFailure() instanceof ArchiveException);
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
            exchange.clientSide().executor().execute(this::available);
        } else {
            rate.waits(System.nanoTime());
            if (window != null) {
                window.waitForClient();
            }
            source.demand(this::available);
        }
    }

    private void available() {
        rate.goesOn(System.nanoTime());
        if (window != null) {
            window.goOn();
        }
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
