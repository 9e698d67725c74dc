package org.socketproxy.listener;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.BufferingFlowControlStrategy;
import org.eclipse.jetty.http2.FlowControlStrategy;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.SessionContainer;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.api.server.ServerSessionListener;
import org.eclipse.jetty.http2.frames.DataFrame;
import org.eclipse.jetty.http2.frames.Frame;
import org.eclipse.jetty.http2.frames.PingFrame;
import org.eclipse.jetty.http2.frames.SettingsFrame;
import org.eclipse.jetty.http2.frames.WindowUpdateFrame;
import org.eclipse.jetty.http2.generator.Generator;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.http2.server.internal.HTTP2ServerSession;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.RateControl;
import org.eclipse.jetty.io.WindowRateControl;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.config.Limits;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.StreamConnection;

/**
 * Creates the HTTP/2 connections of clients: by ALPN on a listener with TLS, by prior knowledge (the preface of RFC 9113
 * section 3.4) on the others. It ignores {@code Upgrade: h2c}, which hijacked connections use.
 *
 * <p>Security: each further request at a time on a connection counts as a connection, so that the limits of connections
 * bound the exchanges of a client.
 */
final class Http2ConnectionFactory extends HTTP2ServerConnectionFactory
        implements ConnectionFactory.Upgrading, StreamConnection.Factory {
    static final String TLS = "h2";
    static final String PLAIN = "h2c";
    private static final int MAX_STREAMS = 100;
    /** Longest head of a response. Jetty takes a buffer of this size for each HEADERS frame that it writes. */
    private static final int MAX_RESPONSE_HEADER_BYTES = 16 * 1024;
    /** Bytes that RFC 9113 section 6.5.2 adds to the name and value of each field. */
    private static final int FIELD_OVERHEAD_BYTES = 32;
    /** Resets, settings and malformed frames of a connection in a second. */
    private static final int MAX_EVENTS = 128;
    /** Pings, with which grpc-go measures the network, resets of answered streams, and frames for ended streams. */
    private static final int MAX_CHEAP_EVENTS = 10_000;

    private final Limits limits;
    private final ConnectionLimits connectionLimits;
    private final RejectionCounter rejections;
    private final SessionContainer sessions = new SessionContainer();

    /** @param protocol {@link #TLS} or {@link #PLAIN} */
    Http2ConnectionFactory(
            String protocol, Limits limits, ConnectionLimits connectionLimits, RejectionCounter rejections) {
        super(configuration(limits), protocol);
        this.limits = limits;
        this.connectionLimits = connectionLimits;
        this.rejections = rejections;
        getHttpConfiguration().addCustomizer(this::admit);
        setMaxConcurrentStreams(MAX_STREAMS);
        setInitialSessionRecvWindow(FlowControlStrategy.DEFAULT_WINDOW_SIZE);
        setInitialStreamRecvWindow(FlowControlStrategy.DEFAULT_WINDOW_SIZE);
        setConnectProtocolEnabled(false);
        setInputBufferSize(Frame.DEFAULT_MAX_SIZE);
        addBean(sessions);
    }

    private static HttpConfiguration configuration(Limits limits) {
        HttpConfiguration configuration = DockerHttpConnectionFactory.configuration(limits);
        configuration.setRequestHeaderSize(
                limits.maxHeaderBytes() + DockerHttpConnection.MAX_FIELDS * FIELD_OVERHEAD_BYTES);
        configuration.setResponseHeaderSize(MAX_RESPONSE_HEADER_BYTES);
        configuration.setNotifyRemoteAsyncErrors(false); // the exchange is told by Http2Connection
        return configuration;
    }

    /** Counts a request, and refuses it beyond a limit. Jetty calls this before the filters. */
    private Request admit(Request request, HttpFields.Mutable response) {
        Http2Connection connection =
                (Http2Connection) request.getConnectionMetaData().getConnection();
        HttpFields fields = request.getHeaders();
        if (fields.size() > DockerHttpConnection.MAX_FIELDS) {
            throw DockerHttpConnection.tooManyFields();
        }
        int targetBytes = request.getHttpURI().getPathQuery().length();
        int bytes = request.getMethod().length() + targetBytes;
        for (HttpField field : fields) {
            bytes += field.getName().length() + String.valueOf(field.getValue()).length();
        }
        if (bytes > limits.maxHeaderBytes()) {
            throw new HttpException.RuntimeException(HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431);
        }
        connection.admission().requireRoom();
        ConnectionLimits.Admission stream = connection.admit();
        Request.addCompletionListener(request, any -> connection.release(stream));
        ErrorReply refusal = stream == null ? null : stream.reply();
        if (stream != null && !stream.isAdmitted()) {
            throw HeaderRejection.counted(refusal);
        }
        boolean isCharged = stream == null
                ? connection.reserveFirst(HeaderMemoryBudget.heapOf(bytes, targetBytes, fields.size()))
                : stream.headerMemory().reserve(bytes, targetBytes, fields.size());
        if (!isCharged) {
            throw DockerHttpConnection.overBudget();
        }
        return request;
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
        ConnectionLimits.Admission admission = AcceptedEndPoint.of(endPoint).admission();
        if (!admission.isAdmitted()) {
            return RejectedConnection.of(admission, connector, endPoint);
        }
        ServerSessionListener listener = newSessionListener(connector, endPoint);
        Generator generator = new Generator(connector.getByteBufferPool(), isUseOutputDirectByteBuffers(), 0);
        generator.getHpackEncoder().setMaxHeaderListSize(MAX_RESPONSE_HEADER_BYTES);
        Http2Parser parser = new Http2Parser(
                connector.getByteBufferPool(), getHttpConfiguration().getRequestHeaderSize(), new Rate());
        parser.setMaxSettingsKeys(getMaxSettingsKeys());
        HTTP2ServerSession session = new HTTP2ServerSession(
                connector.getScheduler(), endPoint, parser, generator, listener, new CountedFlow(endPoint));
        session.setMaxLocalStreams(0);
        session.setMaxRemoteStreams(getMaxConcurrentStreams());
        session.setMaxEncoderTableCapacity(getMaxEncoderTableCapacity());
        session.setStreamIdleTimeout(-1); // streams can last without traffic, as exchanges of HTTP/1.1
        session.setInitialSessionRecvWindow(getInitialSessionRecvWindow());
        session.setWriteThreshold(getHttpConfiguration().getOutputBufferSize());
        session.setConnectProtocolEnabled(false);
        Http2Connection connection = new Http2Connection(
                connector, endPoint, getHttpConfiguration(), session, listener, connectionLimits, rejections);
        connection.setUseInputDirectByteBuffers(isUseInputDirectByteBuffers());
        connection.setUseOutputDirectByteBuffers(isUseOutputDirectByteBuffers());
        connection.addEventListener(sessions);
        parser.init(connection);
        return configure(connection, connector, endPoint);
    }

    /** Parallel builds have two long calls each, and would wait for each other at the limit of other connections. */
    @Override
    public Connection afterUpgrade(Connector connector, EndPoint endPoint) {
        Connection connection = newConnection(connector, endPoint);
        if (connection instanceof Http2Connection upgraded) {
            upgraded.removeEventListener(sessions); // a shutdown ends it as the exchange that it belongs to
            upgraded.continueWith(Math.max(MAX_STREAMS, limits.maxConnectionsPerClient()));
        }
        return connection;
    }

    @Override
    protected ServerSessionListener newSessionListener(Connector connector, EndPoint endPoint) {
        return new HTTPServerSessionListener(endPoint) {
            @Override
            public Map<Integer, Integer> onPreface(Session session) {
                Map<Integer, Integer> settings = new HashMap<>(super.onPreface(session));
                settings.put(SettingsFrame.MAX_CONCURRENT_STREAMS, ((HTTP2Session) session).getMaxRemoteStreams());
                return settings;
            }

            @Override
            public void onClosed(Stream stream) {
                if (endPoint.getConnection() instanceof Http2Connection connection) {
                    connection.closed(stream);
                }
            }
        };
    }

    /** Upgrades a connection that begins with the preface; ignores {@code Upgrade: h2c}. */
    @Override
    public @Nullable Connection upgradeConnection(
            Connector connector, EndPoint endPoint, MetaData.Request request, HttpFields.Mutable response) {
        if (!HttpMethod.PRI.is(request.getMethod())) {
            return null;
        }
        Connection connection = newConnection(connector, endPoint);
        if (connection instanceof Http2Connection upgraded) {
            upgraded.upgrade(request, response);
        }
        return connection;
    }

    /** Sends GOAWAY on all connections, which close when their requests are complete. */
    static void shutdown(Connector connector) {
        for (ConnectionFactory factory : connector.getConnectionFactories()) {
            if (factory instanceof Http2ConnectionFactory http2) {
                var unused = http2.sessions.shutdown();
            }
        }
    }

    /** Counts the flow-controlled bytes that wait for their reader. */
    private static final class CountedFlow extends BufferingFlowControlStrategy {
        private static final float RATIO = 0.5f;
        private final EndPoint endPoint;

        CountedFlow(EndPoint endPoint) {
            super(RATIO);
            this.endPoint = endPoint;
        }

        @Override
        public void onDataConsumed(Session session, @Nullable Stream stream, int length) {
            if (endPoint.getConnection() instanceof Http2Connection connection) {
                connection.consumed(length);
            }
            super.onDataConsumed(session, stream, length);
        }
    }

    /** Limits the frames of a connection that cost the proxy more than the client. */
    private static final class Rate implements RateControl {
        private final RateControl cheap = new WindowRateControl(MAX_CHEAP_EVENTS, Duration.ofSeconds(1));
        private final RateControl others = new WindowRateControl(MAX_EVENTS, Duration.ofSeconds(1));

        @Override
        public boolean onEvent(Object event) {
            boolean isCheap = event instanceof PingFrame
                    || event instanceof Http2Connection.EndOfUnread
                    || event instanceof DataFrame data && (data.remaining() > 0 || data.isEndStream())
                    || event instanceof WindowUpdateFrame update && update.getWindowDelta() > 0;
            return (isCheap ? cheap : others).onEvent(event);
        }
    }
}
