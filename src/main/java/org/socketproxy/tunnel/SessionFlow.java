package org.socketproxy.tunnel;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.frames.Frame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.socketproxy.exchange.ReadQuota;

/**
 * One direction of a call on a session: reads what one stream has received, and reads on when this is written, so that the windows of
 * HTTP/2 give back-pressure. Frames that come together are read together, because clients and daemons send frames of 16 KiB, and each
 * write has a cost.
 */
abstract class SessionFlow implements Stream.Listener {
    /** Bytes after which no further frame is read before the write: the next one could exceed the largest buffer of the pool, 64 KiB. */
    private static final int MANY_BYTES = 64 * 1024 - Frame.DEFAULT_MAX_SIZE + 1;

    private final ReadQuota quota = new ReadQuota();
    private final SessionCall call;
    private final SessionEnd from;

    SessionFlow(SessionCall call, SessionEnd from) {
        this.call = call;
        this.from = from;
    }

    @Override
    public final void onDataAvailable(Stream stream) {
        from.whenParsed(() -> {
            try {
                readAll(stream);
            } catch (RuntimeException | Error failed) {
                ended(ErrorCode.INTERNAL_ERROR.code); // the daemon would wait for ever
                throw failed;
            }
        });
    }

    private void readAll(Stream stream) {
        List<Stream.Data> parts = new ArrayList<>();
        int bytes = 0;
        boolean isLast = false;
        while (bytes < MANY_BYTES && !isLast) {
            Stream.Data part = stream.readData();
            if (part == null) {
                break;
            }
            parts.add(part);
            bytes += part.frame().remaining();
            isLast = part.frame().isEndStream();
        }
        quota.moved(bytes);
        if (parts.isEmpty()) {
            stream.demand();
        } else if (parts.size() == 1) {
            Stream.Data part = parts.get(0);
            read(stream, part.frame().getByteBuffer(), isLast, part::release);
        } else {
            readTogether(stream, parts, bytes, isLast);
        }
    }

    private void readTogether(Stream stream, List<Stream.Data> parts, int bytes, boolean isLast) {
        RetainableByteBuffer together = from.buffer(bytes);
        ByteBuffer buffer = together.getByteBuffer();
        BufferUtil.clearToFill(buffer);
        for (Stream.Data part : parts) {
            buffer.put(part.frame().getByteBuffer());
            part.release();
        }
        if (call.unread().reserve(bytes)) {
            read(stream, buffer.flip(), isLast, () -> {
                together.release();
                call.unread().release(bytes);
            });
        } else {
            together.release();
        }
    }

    /** Reads bytes and then releases them, once, and calls {@link #next} unless they were the last ones. */
    abstract void read(Stream stream, ByteBuffer bytes, boolean isLast, Runnable release);

    final void next(Stream stream) {
        if (quota.isOver()) { // the thread, often that of a selector, serves other connections
            quota.begin();
            call.execute(stream::demand);
        } else {
            stream.demand();
        }
    }

    @Override
    public final void onReset(Stream stream, ResetFrame frame, Callback callback) {
        ended(frame.getError());
        callback.succeeded();
    }

    @Override
    public final void onFailure(Stream stream, int error, String reason, Throwable failure, Callback callback) {
        ended(error);
        callback.succeeded();
    }

    /** The stream has ended with an error of HTTP/2. */
    abstract void ended(int error);
}
