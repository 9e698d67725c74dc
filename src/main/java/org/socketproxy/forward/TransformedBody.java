package org.socketproxy.forward;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.policy.ResponseTransform;
import org.socketproxy.policy.TransformException;
import org.socketproxy.policy.TransformException.Fault;

/**
 * Body of one response on its way through a transform: collects the bytes that the transform emits for a chunk, and counts
 * the memory of the exchange.
 *
 * <p>Threading: thread-safe, because the exchange can end on another thread.
 */
final class TransformedBody {
    private static final Logger LOG = LoggerFactory.getLogger(TransformedBody.class);
    private static final byte[] NONE = {};
    /** Memory reserved for a chunk of events at first, because the transform usually removes most of them. */
    private static final int SMALL_BYTES = 4096;

    private final ResponseTransform all;
    private ResponseTransform transform;
    private final HeldMemory.Share memory;
    private final Runnable onReduced;
    private boolean isReduced;
    private byte[] emitted = NONE;
    private int length;
    private int reserved;
    private boolean isClosed;

    private TransformedBody(ResponseTransform transform, HeldMemory.Share memory, Runnable onReduced) {
        this.onReduced = onReduced;
        this.all = transform;
        this.transform = transform;
        this.memory = memory;
    }

    /**
     * Begins a body that gives its memory back when the exchange of the client has ended.
     *
     * @param onReduced called once if an element is too large, so that not all of it is passed on
     */
    static TransformedBody begin(
            ResponseTransform transform, HeldMemory.Share memory, ClientConnection clientSide, Runnable onReduced) {
        TransformedBody body = new TransformedBody(transform, memory, onReduced);
        Request.addCompletionListener(clientSide.request(), failure -> body.close());
        return body;
    }

    /** Chooses the transform for a response with this status. Returns false if its body passes. */
    synchronized boolean isFor(int status) {
        ResponseTransform chosen = all.of(status);
        if (chosen != null) {
            transform = chosen;
        }
        return chosen != null;
    }

    /**
     * Transforms a chunk.
     *
     * @param chunk read to its end
     * @return the bytes for the client, valid until {@link #written}; empty if the transform waits for more
     */
    synchronized ByteBuffer transform(ByteBuffer chunk) throws TransformException {
        if (isClosed) {
            return ByteBuffer.wrap(NONE);
        }
        int chunkBytes = chunk.remaining();
        try {
            transform.accept(chunk, bytes -> emit(bytes, chunkBytes));
        } catch (RuntimeException bug) {
            throw internal(bug);
        }
        reserve();
        if (!isReduced && transform.reduced() > 0) {
            isReduced = true;
            onReduced.run();
        }
        return ByteBuffer.wrap(emitted, 0, length);
    }

    /** Returns the query that the transform waits for, or null. */
    synchronized @Nullable CompletableFuture<?> awaited() {
        return isClosed ? null : transform.awaited();
    }

    private void emit(ByteBuffer bytes, int expected) {
        int needed = length + bytes.remaining();
        if (needed > emitted.length) {
            int likely = needed < SMALL_BYTES ? 2 * emitted.length : Math.max(expected, 2 * emitted.length);
            emitted = Arrays.copyOf(emitted, Math.max(needed, likely));
        }
        bytes.get(emitted, length, bytes.remaining());
        length = needed;
    }

    private void reserve() throws TransformException {
        int more = emitted.length + transform.heldBytes() - reserved;
        boolean isReserved = more <= 0 || memory.reserveSpare(more);
        while (!isReserved && transform.reduce()) {
            more = emitted.length + transform.heldBytes() - reserved;
            isReserved = more <= 0 || memory.reserveSpare(more);
        }
        isReserved = isReserved || memory.reserve(more);
        if (!isReserved) {
            throw new TransformException(
                    Fault.NO_MEMORY, "too many responses are held in memory at the same time: try again later");
        }
        if (more < 0) {
            memory.release(-more);
        }
        reserved += more;
    }

    /**
     * Records that the last chunk is being written to the client.
     *
     * @param cut ends the response if the client does not accept it in time, and other exchanges need the memory
     */
    void writing(Runnable cut) {
        memory.onCut(cut);
        memory.waitForClient();
    }

    /** Frees the bytes of the last chunk. */
    synchronized void written() {
        memory.goOn();
        int freed = Math.min(emitted.length, reserved);
        memory.release(freed);
        reserved -= freed;
        emitted = NONE;
        length = 0;
    }

    /** Checks that the body was complete. */
    synchronized void end() throws TransformException {
        try {
            transform.end();
        } catch (RuntimeException bug) {
            throw internal(bug);
        }
    }

    private static TransformException internal(RuntimeException bug) {
        LOG.error("A response is withheld, because its transform failed", bug);
        return new TransformException(Fault.INTERNAL, "the proxy failed to transform it; see the log", bug);
    }

    private synchronized void close() {
        isClosed = true;
        memory.close();
        reserved = 0;
        emitted = NONE;
    }
}
