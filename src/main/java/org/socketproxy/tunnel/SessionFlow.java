package org.socketproxy.tunnel;

import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.util.Callback;
import org.socketproxy.exchange.ReadQuota;

/**
 * One direction of a call on a session: reads one stream, part by part. The next part waits until this one is written, so that the
 * windows of HTTP/2 give back-pressure.
 */
abstract class SessionFlow implements Stream.Listener {
    private final ReadQuota quota = new ReadQuota();
    private final SessionCall call;

    SessionFlow(SessionCall call) {
        this.call = call;
    }

    @Override
    public final void onDataAvailable(Stream stream) {
        Stream.Data data = stream.readData();
        if (data == null) {
            stream.demand();
        } else {
            quota.moved(data.frame().remaining());
            read(stream, data);
        }
    }

    /** Reads a part and releases it, then calls {@link #next} unless it was the last one. */
    abstract void read(Stream stream, Stream.Data data);

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
