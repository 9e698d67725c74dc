package org.socketproxy.listener;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Stream;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.api.server.ServerSessionListener;
import org.eclipse.jetty.http2.frames.DataFrame;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.http2.frames.PingFrame;
import org.eclipse.jetty.http2.frames.PriorityFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.http2.frames.SettingsFrame;
import org.eclipse.jetty.http2.frames.WindowUpdateFrame;
import org.eclipse.jetty.http2.hpack.HpackEncoder;
import org.eclipse.jetty.http2.server.internal.HTTP2ServerConnection;
import org.eclipse.jetty.http2.server.internal.HTTP2ServerSession;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.MathUtils;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.exchange.StreamConnection;

/**
 * HTTP/2 connection of a client. It translates request heads with {@link Http2Head}, and ends the connection where Jetty
 * would only reset the stream and not tell the exchange: a wrong length of a body, data after its end, a window overflow.
 *
 * <p>Security: frames that wait in the memory of the proxy, for a reader of a body or for the output, are charged to the
 * memory budget of heads; a client beyond it loses its connection.
 *
 * <p>Threading: one thread at a time parses frames and calls the methods for them; other methods are thread-safe.
 */
final class Http2Connection extends HTTP2ServerConnection implements StreamConnection {
    static final String HEADER_MEMORY = "header_memory";
    /** Bytes that a client can send in one turn of the selector's thread: about 240 PING frames. */
    private static final long TURN_BYTES = 4 * 1024;
    /** Time until a frame that ends a stream must be written. */
    private static final long RESET_SECONDS = 2;
    /** Heap for the objects of a frame in a queue. */
    private static final int FRAME_BYTES = 256;
    /** Attribute of a stream: how many bytes of its content length are still to come. */
    private static final String BYTES_LEFT = "bytes-left";
    /** Attribute of a stream: the action for its loss. */
    private static final String ON_LOSS = "on-loss";

    private final Connector connector;
    private final Http2Parser parser;
    private final RejectionCounter rejections;
    private final ConnectionLimits limits;
    private final ConnectionLimits.Admission admission;
    private final long openedNanos = System.nanoTime();
    private final AtomicInteger openRequests = new AtomicInteger();
    /** Flow-controlled bytes that no exchange has read yet. */
    private int unreadBytes;
    /** At least the number of their frames. */
    private int unreadFrames;
    /** Frames of the client since the proxy last wrote bytes to it. */
    private int unansweredFrames;
    /** Heap of the head of the request that the connection itself counts. */
    private long firstHeadHeap;

    private long writtenBytes;
    private volatile boolean isContinued;

    Http2Connection(
            Connector connector,
            EndPoint endPoint,
            HttpConfiguration configuration,
            HTTP2ServerSession session,
            ServerSessionListener listener,
            ConnectionLimits limits,
            RejectionCounter rejections) {
        super(connector, endPoint, configuration, session, listener);
        this.connector = connector;
        this.parser = (Http2Parser) session.getParser();
        this.limits = limits;
        this.rejections = rejections;
        AcceptedEndPoint accepted = AcceptedEndPoint.of(endPoint);
        this.admission = accepted.admission();
        accepted.headTurn().renewEach(TURN_BYTES);
        parser.chargedBy(this::isWithinBudget);
        setRecycleHttpChannels(false); // a late event of one stream must not reach the next one
    }

    /**
     * Counts one more request on this connection: as a connection of its client, except the first one, which the
     * connection itself counts. The admission must be released at its end; null for the first.
     */
    ConnectionLimits.@Nullable Admission admit() {
        return openRequests.getAndIncrement() == 0
                ? null
                : limits.admit(AcceptedEndPoint.of(getEndPoint()).client(), true);
    }

    void release(ConnectionLimits.@Nullable Admission stream) {
        if (stream != null) {
            stream.release();
        } else {
            reserveFirst(0); // before the next request can be the first one
        }
        openRequests.decrementAndGet();
    }

    /** Charges the head of the request that the connection itself counts. Returns false if the budget is exhausted. */
    synchronized boolean reserveFirst(long heapBytes) {
        firstHeadHeap = heapBytes;
        return isWithinBudget();
    }

    ConnectionLimits.Admission admission() {
        return admission;
    }

    /** Prepares the connection for the calls of BuildKit, after an exchange that has upgraded it. */
    void continueWith(int mostStreams) {
        isContinued = true;
        getSession().setMaxRemoteStreams(mostStreams);
    }

    @Override
    public void allowFields(int bytes) {
        HpackEncoder encoder = getSession().getGenerator().getHpackEncoder();
        encoder.setMaxHeaderListSize(Math.max(bytes, encoder.getMaxHeaderListSize()));
    }

    /** Closes the connection if it has had no request yet, or if its current head began before the given time. */
    void failIfHeadBeganBefore(long nanoTime) {
        boolean isLate = !isContinued && getMessagesIn() == 0 && openedNanos - nanoTime < 0;
        if (isLate || parser.isHeadOlderThan(nanoTime)) {
            rejections.refused(
                    RejectionCounter.Cause.HEADER_TIMEOUT,
                    AcceptedEndPoint.of(getEndPoint()).client(),
                    0);
            getSession().close(ErrorCode.ENHANCE_YOUR_CALM_ERROR.code, "header_timeout", Callback.NOOP);
            getEndPoint().close();
        }
    }

    @Override
    public void onHeaders(HeadersFrame frame) {
        parser.endHead();
        if (isQuiet()) {
            boolean isRequest = frame.getMetaData() instanceof MetaData.Request;
            HTTP2Stream stream = getSession().getStream(frame.getStreamId());
            if (isRequest) {
                super.onHeaders(translated(frame));
            } else if (stream != null && !isComplete(stream, 0, frame.isEndStream())) {
                onConnectionFailure(ErrorCode.PROTOCOL_ERROR.code, "content_length");
            } else {
                super.onHeaders(frame);
            }
        }
    }

    private static HeadersFrame translated(HeadersFrame frame) {
        MetaData.Request request = (MetaData.Request) frame.getMetaData();
        if (MetaData.Failed.getFailure(request) != null) {
            return frame;
        }
        MetaData.Request head;
        try {
            head = Http2Head.translate(request, frame.isEndStream());
        } catch (RuntimeException malformed) {
            String reason = malformed instanceof HttpException http ? http.getReason() : malformed.getMessage();
            head = MetaData.Failed.newFailedMetaDataRequest(
                    HttpVersion.HTTP_2, new IllegalArgumentException(reason, malformed));
        }
        return new HeadersFrame(frame.getStreamId(), head, frame.getPriority(), frame.isEndStream());
    }

    @Override
    public void onData(DataFrame frame) {
        HTTP2Stream stream = getSession().getStream(frame.getStreamId());
        boolean isAfterEnd = stream != null && (stream.isLastDataReceived() || stream.isRemotelyClosed());
        if (stream != null && stream.isResetOrFailed()) { // read after the end, which a reset also causes
            discard(frame);
        } else if (isAfterEnd) {
            onConnectionFailure(ErrorCode.STREAM_CLOSED_ERROR.code, "data_after_end");
        } else if (stream != null && !isComplete(stream, frame.remaining(), frame.isEndStream())) {
            onConnectionFailure(ErrorCode.PROTOCOL_ERROR.code, "content_length");
        } else if (frame.flowControlLength() > 0 || frame.isEndStream()) {
            if (received(frame.flowControlLength())) {
                super.onData(frame);
            }
        }
    }

    /** Discards data that was in flight when the proxy reset the stream. Jetty returns it to the window of the connection. */
    private void discard(DataFrame frame) {
        if (!parser.rateControlOnEvent(frame)) {
            onConnectionFailure(ErrorCode.ENHANCE_YOUR_CALM_ERROR.code, "invalid_data_frame_rate");
        } else if (frame.flowControlLength() > 0 && received(frame.flowControlLength())) {
            super.onData(frame);
        }
    }

    /** Counts bytes of a body. Returns false if they are more than its content length, or fewer at its end. */
    private static boolean isComplete(HTTP2Stream stream, int bytes, boolean isEnd) {
        if (!(stream.getAttribute(BYTES_LEFT) instanceof Long left)) {
            return true;
        }
        long rest = left - bytes;
        stream.setAttribute(BYTES_LEFT, rest);
        return isEnd ? rest == 0 : rest >= 0;
    }

    /** Notes the content length of a new stream, and handles its request. */
    @Override
    public void onNewStream(HTTP2Stream stream, HeadersFrame frame) {
        long length = frame.getMetaData().getContentLength();
        if (length >= 0) {
            stream.setAttribute(BYTES_LEFT, length);
        }
        super.onNewStream(stream, frame);
    }

    private boolean received(int bytes) {
        boolean isCharged;
        synchronized (this) {
            unreadBytes += bytes;
            unreadFrames++;
            isCharged = isWithinBudget();
        }
        if (!isCharged) {
            refuse();
        }
        return isCharged;
    }

    /** Records that an exchange has read bytes of a body, or that they were discarded. */
    synchronized void consumed(int bytes) {
        unreadBytes = Math.max(0, unreadBytes - bytes);
        unreadFrames = Math.min(unreadFrames - (bytes > 0 ? 1 : 0), unreadBytes); // a frame has at least one byte
    }

    /** Counts a frame that can need an answer. Returns false, and ends the connection, if too many have none. */
    private boolean isQuiet() {
        boolean isCharged;
        synchronized (this) {
            long written = getSession().getBytesWritten();
            unansweredFrames = written == writtenBytes ? unansweredFrames + 1 : 1;
            writtenBytes = written;
            isCharged = isWithinBudget();
        }
        if (!isCharged) {
            refuse();
        }
        return isCharged;
    }

    /** Charges all that waits at the same time. */
    private synchronized boolean isWithinBudget() {
        return admission
                .headerMemory()
                .reserveHeap(firstHeadHeap
                        + HeaderMemoryBudget.heapOf(parser.incompleteBytes(), 0, 0)
                        + unreadBytes
                        + (long) FRAME_BYTES * (unreadFrames + unansweredFrames));
    }

    private void refuse() {
        onConnectionFailure(ErrorCode.ENHANCE_YOUR_CALM_ERROR.code, HEADER_MEMORY);
    }

    @Override
    public void onConnectionFailure(int error, String reason) {
        boolean isMemory = HEADER_MEMORY.equals(reason);
        rejections.refused(
                isMemory ? RejectionCounter.Cause.HEADER_MEMORY : RejectionCounter.Cause.MALFORMED,
                AcceptedEndPoint.of(getEndPoint()).client(),
                0);
        super.onConnectionFailure(error, reason);
        if (isMemory) {
            getEndPoint().close(); // the GOAWAY frame would wait for a client that does not read
        }
    }

    @Override
    public void onPing(PingFrame frame) {
        if (isQuiet()) {
            super.onPing(frame);
        }
    }

    @Override
    public void onSettings(SettingsFrame frame) {
        if (isQuiet()) {
            super.onSettings(frame);
        }
    }

    @Override
    public void onPriority(PriorityFrame frame) {
        if (isQuiet()) {
            super.onPriority(frame);
        }
    }

    @Override
    public void onReset(ResetFrame frame) {
        if (isQuiet()) {
            super.onReset(frame);
        }
    }

    @Override
    public void onWindowUpdate(WindowUpdateFrame frame) {
        HTTP2Stream stream = getSession().getStream(frame.getStreamId());
        if (stream != null && MathUtils.sumOverflows(stream.getSendWindow(), frame.getWindowDelta())) {
            onConnectionFailure(ErrorCode.FLOW_CONTROL_ERROR.code, "stream_window_overflow");
        } else if (isQuiet()) {
            super.onWindowUpdate(frame);
        }
    }

    @Override
    public void reset(Request request) {
        HTTP2Stream stream = stream(request);
        if (stream != null) {
            reset(stream);
        }
    }

    /**
     * Resets a stream and fails the reader of its body, whom Jetty does not tell. Closes the connection if its output does
     * not accept the frame in time: until then the exchange would go on.
     */
    private void reset(HTTP2Stream stream) {
        Scheduler.Task close = connector.getScheduler().schedule(getEndPoint()::close, RESET_SECONDS, TimeUnit.SECONDS);
        stream.reset(
                new ResetFrame(stream.getId(), ErrorCode.INTERNAL_ERROR.code), Callback.from((Runnable) close::cancel));
        onStreamFailure(stream, new EofException("The proxy has reset the stream"), Callback.NOOP);
    }

    @Override
    public void endUnread(Request request) {
        HTTP2Stream stream = stream(request);
        if (stream != null && !stream.isRemotelyClosed()) {
            stream.reset(new EndOfUnread(stream.getId()), Callback.NOOP);
        }
    }

    /** Reset of a stream after its complete response. It costs the proxy no more than the end of any request. */
    static final class EndOfUnread extends ResetFrame {
        private EndOfUnread(int stream) {
            super(stream, ErrorCode.NO_ERROR.code);
        }
    }

    @Override
    public void onStreamLost(Request request, Consumer<Throwable> action) {
        HTTP2Stream stream = stream(request);
        if (stream != null) {
            stream.setAttribute(ON_LOSS, action);
        }
        if (stream == null || stream.isResetOrFailed() || !getEndPoint().isOpen()) {
            action.accept(lost());
        }
    }

    /** Runs the action for the loss of a stream that has closed before its response was complete. */
    void closed(Stream closed) {
        if (closed instanceof HTTP2Stream stream
                && stream.isResetOrFailed()
                && stream.removeAttribute(ON_LOSS) instanceof Consumer<?> action) {
            connector.getExecutor().execute(() -> run(action));
        }
    }

    @SuppressWarnings("unchecked") // only onStreamLost sets the attribute
    private static void run(Consumer<?> action) {
        ((Consumer<Throwable>) action).accept(lost());
    }

    private static EofException lost() {
        return new EofException("The client has reset the stream or disconnected");
    }

    private @Nullable HTTP2Stream stream(Request request) {
        return getSession().getStream(Integer.parseInt(request.getId()));
    }
}
