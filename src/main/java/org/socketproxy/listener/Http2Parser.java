package org.socketproxy.listener;

import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.Flags;
import org.eclipse.jetty.http2.frames.FrameType;
import org.eclipse.jetty.http2.parser.ServerParser;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.RateControl;

/**
 * HTTP/2 parser that knows since when a request head is incomplete, and how long it is. Jetty stores the parts of a head,
 * those of HEADERS and of CONTINUATION frames, until the last one.
 *
 * <p>Security: an incomplete head counts for the memory budget of the connection.
 *
 * <p>Threading: one thread at a time parses; any thread can ask for the incomplete head.
 */
final class Http2Parser extends ServerParser {
    private BooleanSupplier isWithinBudget = () -> false;
    private volatile int headBytes;
    private volatile long headBeginNanos;
    private volatile boolean isHeadIncomplete;

    Http2Parser(ByteBufferPool buffers, int maxHeadBytes, RateControl rate) {
        super(buffers, maxHeadBytes, rate);
    }

    /** Sets the check of the budget, which {@link #incompleteBytes} is a part of. */
    void chargedBy(BooleanSupplier check) {
        isWithinBudget = check;
    }

    /** Returns the length of the received part of an incomplete head. */
    int incompleteBytes() {
        return isHeadIncomplete ? headBytes : 0;
    }

    /** Returns whether the parser waits for the rest of a head that began before a time. */
    boolean isHeadOlderThan(long nanoTime) {
        return isHeadIncomplete && headBeginNanos - nanoTime < 0;
    }

    /** Ends the charge of a head that is parsed: its request is charged for it. */
    void endHead() {
        isHeadIncomplete = false;
    }

    @Override
    protected boolean parseHeader(ByteBuffer buffer) {
        boolean isComplete = super.parseHeader(buffer);
        if (isComplete && !isHeadIncomplete && isHead()) {
            headBytes = 0;
            headBeginNanos = System.nanoTime();
            isHeadIncomplete = true;
        }
        return isComplete;
    }

    private boolean isHead() {
        return getFrameType() == FrameType.HEADERS.getType();
    }

    @Override
    protected boolean parseBody(ByteBuffer buffer) {
        if (!isHeadIncomplete) {
            return super.parseBody(buffer);
        }
        boolean isLast = hasFlag(Flags.END_HEADERS);
        int bytesBefore = headBytes;
        int before = buffer.remaining();
        boolean isComplete = super.parseBody(buffer);
        headBytes = bytesBefore + before - buffer.remaining();
        if (isComplete && isLast) {
            isHeadIncomplete = false;
        } else if (!isWithinBudget.getAsBoolean()) {
            buffer.position(buffer.limit());
            notifyConnectionFailure(ErrorCode.ENHANCE_YOUR_CALM_ERROR.code, Http2Connection.HEADER_MEMORY);
            return false;
        }
        return isComplete;
    }
}
