package org.socketproxy.forward;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.IteratingCallback;
import org.eclipse.jetty.util.thread.Invocable;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.exchange.ReadQuota;
import org.socketproxy.exchange.Shadowed;
import org.socketproxy.policy.TransformException;
import org.socketproxy.policy.TransformException.Fault;

/**
 * Forwards the body of a response through a transform: reads a chunk, writes the output of the transform, and then
 * reads the next, which gives back-pressure. A failure aborts the response of the daemon.
 */
final class TransformPump extends IteratingCallback {
    /** A transform needs about this many times the processor time of forwarding, so a turn has fewer bytes. */
    private static final int COST = 8;

    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    private final Response response;
    private final Content.Source source;
    private final ClientConnection clientSide;
    private final TransformedBody body;
    private final @Nullable Shadowed shadow;
    private final Runnable more = Invocable.from(InvocationType.NON_BLOCKING, this::iterate);
    private final ReadQuota turn = new ReadQuota();
    private final AtomicBoolean isHeadClaimed = new AtomicBoolean();
    private boolean isHeadDue;
    private boolean isHeadSent;

    /**
     * Creates a pump. Call {@link #iterate} to start it.
     *
     * @param shadow sees the bytes for the client too, or null
     * @param isHeadDue whether to send the head before the first bytes; then a failure can no longer become an error
     *     response
     */
    TransformPump(
            Response response,
            Content.Source source,
            ClientConnection clientSide,
            TransformedBody body,
            @Nullable Shadowed shadow,
            boolean isHeadDue) {
        this.response = response;
        this.source = source;
        this.clientSide = clientSide;
        this.body = body;
        this.shadow = shadow;
        this.isHeadDue = isHeadDue;
    }

    /**
     * Returns true to one caller only, which then sends the head of a response: the pump, or the forwarder with an error
     * response.
     */
    boolean claimHead() {
        return isHeadClaimed.compareAndSet(false, true);
    }

    /** Checks that the body was complete, after the daemon has ended it. */
    void end() throws TransformException {
        body.end();
    }

    @Override
    protected Action process() {
        body.written();
        if (isHeadDue) {
            isHeadDue = false;
            // A quiet stream may send no chunk, so the bytes that the transform holds are counted before the first one.
            return transform(EMPTY.duplicate()) == null ? Action.SUCCEEDED : write(null);
        }
        while (!turn.isOver()) {
            CompletableFuture<?> awaited = body.awaited();
            if (awaited != null) {
                if (!awaited.isDone()) {
                    var unused = awaited.whenComplete((any, failure) -> succeeded());
                    return Action.SCHEDULED;
                }
                ByteBuffer held = transform(EMPTY.duplicate());
                if (held == null) {
                    return Action.SUCCEEDED;
                }
                if (held.hasRemaining()) {
                    return write(held);
                }
                continue;
            }
            Content.Chunk chunk = source.read();
            if (chunk == null) {
                turn.begin();
                source.demand(more);
                return Action.IDLE;
            }
            if (Content.Chunk.isFailure(chunk)) {
                abortResponse(chunk.getFailure());
                return Action.SUCCEEDED;
            }
            if (chunk.isLast() && !chunk.hasRemaining()) {
                chunk.release();
                return Action.SUCCEEDED;
            }
            turn.moved(COST * chunk.remaining());
            ByteBuffer bytes = transform(chunk.getByteBuffer());
            chunk.release();
            if (bytes == null) {
                return Action.SUCCEEDED;
            }
            if (bytes.hasRemaining()) {
                return write(bytes);
            }
        }
        turn.begin();
        clientSide.executor().execute(this::succeeded);
        return Action.SCHEDULED;
    }

    /** Returns the bytes for the client, or null after a failure. */
    private @Nullable ByteBuffer transform(ByteBuffer chunk) {
        try {
            return body.transform(chunk);
        } catch (TransformException withheld) {
            abortResponse(withheld);
            return null;
        }
    }

    private Action write(@Nullable ByteBuffer bytes) {
        isHeadSent = isHeadSent || claimHead();
        if (!isHeadSent) {
            return Action.SUCCEEDED; // an error response was sent
        }
        if (shadow != null && bytes != null) {
            shadow.show(bytes.asReadOnlyBuffer());
        }
        body.writing(() -> clientSide.executor().execute(this::cut));
        clientSide.response().write(false, bytes, this);
        return Action.SCHEDULED;
    }

    private void cut() {
        abortResponse(new TransformException(
                Fault.SLOW, "the client reads it too slowly, while other responses need the memory"));
    }

    @Override
    protected void onCompleteFailure(Throwable cause) {
        abortResponse(cause);
    }

    /** {@link ResponseForwarder#onComplete} handles the failure. */
    private void abortResponse(Throwable cause) {
        var unused = response.abort(cause);
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }
}
