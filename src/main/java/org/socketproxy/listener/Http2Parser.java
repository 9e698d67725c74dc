package org.socketproxy.listener;

import java.nio.ByteBuffer;
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
 * <p>Security: charges an incomplete head to the memory budget of the connection.
 *
 * <p>Threading: one thread at a time parses; any thread can ask for the incomplete head.
 */
final class Http2Parser extends ServerParser {
    private final HeaderMemoryBudget.Share memory;
    private int headBytes;
    private volatile long headBeginNanos;
    private volatile boolean isHeadIncomplete;

    Http2Parser(ByteBufferPool buffers, int maxHeadBytes, RateControl rate, HeaderMemoryBudget.Share memory) {
        super(buffers, maxHeadBytes, rate);
        this.memory = memory;
    }

    /** Returns whether the parser waits for the rest of a head that began before a time. */
    boolean isHeadOlderThan(long nanoTime) {
        return isHeadIncomplete && headBeginNanos - nanoTime < 0;
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
        int before = buffer.remaining();
        boolean isComplete = super.parseBody(buffer);
        headBytes += before - buffer.remaining();
        if (isComplete && isLast) {
            isHeadIncomplete = false;
        } else if (!memory.reserve(headBytes, 0, 0)) {
            buffer.position(buffer.limit());
            notifyConnectionFailure(ErrorCode.ENHANCE_YOUR_CALM_ERROR.code, Http2Connection.HEADER_MEMORY);
            return false;
        }
        return isComplete;
    }
}
