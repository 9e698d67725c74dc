package org.socketproxy.tunnel;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.FlowControlStrategy;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.HTTP2Stream;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.server.ServerSessionListener;
import org.eclipse.jetty.http2.client.internal.HTTP2ClientSession;
import org.eclipse.jetty.http2.frames.Frame;
import org.eclipse.jetty.http2.frames.PingFrame;
import org.eclipse.jetty.http2.frames.PrefaceFrame;
import org.eclipse.jetty.http2.frames.PriorityFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.http2.frames.SettingsFrame;
import org.eclipse.jetty.http2.frames.WindowUpdateFrame;
import org.eclipse.jetty.http2.generator.Generator;
import org.eclipse.jetty.http2.hpack.HpackEncoder;
import org.eclipse.jetty.http2.parser.Parser;
import org.eclipse.jetty.http2.parser.ServerParser;
import org.eclipse.jetty.http2.server.internal.HTTP2ServerSession;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.RateControl;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.io.WindowRateControl;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.jetty.EndPoints;
import org.socketproxy.jetty.ReadSavingEndPoint;

/**
 * HTTP/2 on one of the two connections of a judged session. The daemon calls methods, so the proxy is the server of the daemon and a
 * client of the session's client. Both ends are in frames, without requests of the servlet API.
 *
 * <p>Security: limits what the client sends without an answer. The daemon is trusted.
 *
 * <p>Threading: one thread at a time parses frames.
 */
final class SessionEnd extends HTTP2Connection implements ServerParser.Listener {
    /** Calls of the daemon at the same time. */
    private static final int MAX_STREAMS = 100;
    /** Bytes that one side sends before the other one has read them, of all calls and of one. */
    private static final int CONNECTION_WINDOW = 512 * 1024;

    private static final int STREAM_WINDOW = 256 * 1024;
    private static final int INPUT_BYTES = 64 * 1024;
    /** Bytes of frames that are written together. */
    private static final int OUTPUT_BYTES = 128 * 1024;
    /** The head of a call has each line of {@code .dockerignore}. Go's limit. */
    private static final int MAX_HEAD_OF_DAEMON_BYTES = 1024 * 1024;

    private static final int MAX_HEAD_OF_CLIENT_BYTES = 64 * 1024;
    /** Frames of the client, other than data, since the proxy last wrote bytes to it. */
    private static final int MAX_UNANSWERED = 1_000;
    /** Resets, settings and other frames of the client in a second that cost the proxy more than the client. */
    private static final int MAX_EVENTS = 1_000;

    private final boolean isOfClient;
    private final Runnable whenOpen;
    private long writtenBytes;
    private int unansweredFrames;

    private SessionEnd(
            ClientConnection clientSide,
            EndPoint endPoint,
            HTTP2Session session,
            boolean isOfClient,
            Runnable whenOpen) {
        super(pool(clientSide), clientSide.executor(), endPoint, session, INPUT_BYTES);
        this.isOfClient = isOfClient;
        this.whenOpen = whenOpen;
        setUseInputDirectByteBuffers(true);
        setUseOutputDirectByteBuffers(true);
        session.setWriteThreshold(OUTPUT_BYTES);
        if (EndPoints.unwrap(endPoint) instanceof ReadSavingEndPoint connection) {
            connection.setReaderNonBlocking();
        }
    }

    private static ByteBufferPool pool(ClientConnection clientSide) {
        return clientSide.request().getComponents().getByteBufferPool();
    }

    /**
     * Creates the end of the client.
     *
     * @param whenOpen runs when the proxy can open streams
     */
    static SessionEnd ofClient(ClientConnection clientSide, UnreadResponses unread, Runnable whenOpen) {
        Session.Listener listener = new Session.Listener() {};
        RateControl rate = new WindowRateControl(MAX_EVENTS, Duration.ofSeconds(1));
        Parser parser = new Parser(pool(clientSide), MAX_HEAD_OF_CLIENT_BYTES, rate);
        HTTP2Session session = new HTTP2ClientSession(
                clientSide.scheduler(),
                clientSide.endPoint(),
                parser,
                generator(clientSide),
                listener,
                new UnreadResponses.Flow());
        session.setMaxRemoteStreams(0);
        return opened(new SessionEnd(clientSide, clientSide.endPoint(), session, true, whenOpen), parser, unread);
    }

    /** Creates the end of the daemon, which reads no frames before {@link #begin}. */
    static SessionEnd ofDaemon(
            ClientConnection clientSide, EndPoint endPoint, UnreadResponses unread, ServerSessionListener listener) {
        ServerParser parser = new ServerParser(pool(clientSide), MAX_HEAD_OF_DAEMON_BYTES, RateControl.NO_RATE_CONTROL);
        HTTP2Session session = new HTTP2ServerSession(
                clientSide.scheduler(), endPoint, parser, generator(clientSide), listener, new UnreadResponses.Flow());
        session.setMaxLocalStreams(0);
        session.setMaxRemoteStreams(MAX_STREAMS);
        return opened(new SessionEnd(clientSide, endPoint, session, false, () -> {}), parser, unread);
    }

    private static Generator generator(ClientConnection clientSide) {
        return new Generator(pool(clientSide), true, 0);
    }

    private static SessionEnd opened(SessionEnd end, Parser parser, UnreadResponses unread) {
        HTTP2Session session = end.getSession();
        session.setInitialSessionRecvWindow(CONNECTION_WINDOW);
        session.setStreamIdleTimeout(-1);
        session.setConnectProtocolEnabled(false);
        parser.init(end);
        unread.count(end);
        return end;
    }

    /** Allows a head or trailers of this size. Jetty takes a buffer of the allowed size for each. */
    void allowFields(int bytes) {
        HpackEncoder encoder = getSession().getGenerator().getHpackEncoder();
        encoder.setMaxHeaderListSize(Math.max(bytes, encoder.getMaxHeaderListSize()));
    }

    @Override
    public void onOpen() {
        getEndPoint().setIdleTimeout(0);
        super.onOpen();
        if (isOfClient) {
            HTTP2Session session = getSession();
            int more = CONNECTION_WINDOW - FlowControlStrategy.DEFAULT_WINDOW_SIZE;
            session.updateRecvWindow(more);
            Map<Integer, Integer> settings = new HashMap<>();
            settings.put(SettingsFrame.ENABLE_PUSH, 0);
            settings.put(SettingsFrame.INITIAL_WINDOW_SIZE, STREAM_WINDOW);
            settings.put(SettingsFrame.MAX_HEADER_LIST_SIZE, MAX_HEAD_OF_CLIENT_BYTES);
            List<Frame> preface =
                    List.of(new PrefaceFrame(), new SettingsFrame(settings, false), new WindowUpdateFrame(0, more));
            session.frames(
                    null,
                    preface,
                    Callback.from(this::begin, cause -> getEndPoint().close(cause)));
        }
    }

    /** Starts to read frames. */
    void begin() {
        whenOpen.run();
        dispatch();
    }

    /** Runs a task, which does not block, when the frames that have come are parsed. */
    void whenParsed(Runnable task) {
        offerTask(Invocable.from(InvocationType.NON_BLOCKING, task), false);
    }

    /** Returns a buffer, empty, to be released. */
    RetainableByteBuffer buffer(int bytes) {
        return getSession().getGenerator().getByteBufferPool().acquire(bytes, true);
    }

    /** The preface of the daemon. */
    @Override
    public void onPreface() {
        ((HTTP2ServerSession) getSession()).onPreface();
    }

    /** Returns the settings of the proxy for the daemon. */
    static Map<Integer, Integer> settings() {
        Map<Integer, Integer> settings = new HashMap<>();
        settings.put(SettingsFrame.MAX_CONCURRENT_STREAMS, MAX_STREAMS);
        settings.put(SettingsFrame.INITIAL_WINDOW_SIZE, STREAM_WINDOW);
        settings.put(SettingsFrame.MAX_HEADER_LIST_SIZE, MAX_HEAD_OF_DAEMON_BYTES);
        return settings;
    }

    /** Counts a frame that can need an answer. Returns false, and ends the connection, if too many have none. */
    private boolean isQuiet() {
        if (!isOfClient) {
            return true;
        }
        long written = getSession().getBytesWritten();
        unansweredFrames = written == writtenBytes ? unansweredFrames + 1 : 1;
        writtenBytes = written;
        if (unansweredFrames > MAX_UNANSWERED) {
            onConnectionFailure(ErrorCode.ENHANCE_YOUR_CALM_ERROR.code, "unanswered_frames");
            getEndPoint().close(); // the GOAWAY frame would wait for a client that does not read
            return false;
        }
        return true;
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

    /** Ignores a reset after the end of an answer: Jetty would discard its last bytes. The client wants no more requests. */
    @Override
    public void onReset(ResetFrame frame) {
        HTTP2Stream stream = getSession().getStream(frame.getStreamId());
        boolean isComplete = isOfClient && stream != null && (stream.isLastDataReceived() || stream.isRemotelyClosed());
        if (isQuiet() && !isComplete) {
            super.onReset(frame);
        }
    }

    @Override
    public void onWindowUpdate(WindowUpdateFrame frame) {
        if (isQuiet()) {
            super.onWindowUpdate(frame);
        }
    }
}
