package org.socketproxy.listener;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.eclipse.jetty.http.HostPortHttpField;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.FillInterest;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.StringUtil;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.config.Setting;
import org.socketproxy.exchange.ErrorReply;

/** HTTP/1.1 connection of a client, with the parser rules of {@link DockerHttpConnectionFactory}. */
final class DockerHttpConnection extends HttpConnection {
    /** Clients send far fewer. Each field uses heap for its objects, even if it is short. */
    static final int MAX_FIELDS = 200;

    private static final HttpField CONNECTION_UPGRADE = new HttpField(HttpHeader.CONNECTION, HttpHeaderValue.UPGRADE);
    private static final HostPortHttpField NO_HOST = new HostPortHttpField("docker");

    private static final String OVER_BUDGET =
            "the headers of the active requests use too much memory; send smaller headers, or try again later";

    private final Duration headerTimeout;
    private final RejectionCounter rejections;
    private final long openedNanos = System.nanoTime();
    private final Executor executor;
    private final ConnectionLimits.Admission admission;
    private final HeaderMemoryBudget.Share headerMemory;
    private final HeadReadQuota headTurn;
    /** Number of the heads before the late one, whose bytes were read after its timeout; or -1. */
    private volatile long lateHead = -1;
    /** Number of header and trailer fields of the current request. */
    private int fields;
    /** Length of the request target of the current request, or 0 before it is parsed. */
    private int targetBytes;

    DockerHttpConnection(
            HttpConfiguration configuration,
            Connector connector,
            EndPoint endPoint,
            Duration headerTimeout,
            RejectionCounter rejections) {
        super(configuration, connector, endPoint);
        this.headerTimeout = headerTimeout;
        this.rejections = rejections;
        AcceptedEndPoint accepted = AcceptedEndPoint.of(endPoint);
        this.admission = accepted.admission();
        this.headerMemory = admission.headerMemory();
        this.headTurn = accepted.headTurn();
        boolean isNonBlocking = connector.getServer().getInvocationType() == InvocationType.NON_BLOCKING;
        this.executor = isNonBlocking ? this::runHere : super.getExecutor();
    }

    /** Jetty runs the tasks of this connection on this executor. */
    @Override
    protected Executor getExecutor() {
        return executor;
    }

    /**
     * Reads the next request on the thread that completed the previous one, usually the thread of the selector: a
     * wake-up of another thread costs more than the read. The calls do not nest, because Jetty completes synchronous
     * responses in a loop.
     */
    private void runHere(Runnable task) {
        if (task == this) {
            run();
        } else {
            super.getExecutor().execute(task);
        }
    }

    /** Parses request heads, at most those of one {@link HeadReadQuota}, and handles their requests. */
    @Override
    public void onFillable() {
        headTurn.begin();
        try {
            super.onFillable();
        } finally {
            headTurn.end();
        }
    }

    /**
     * Fails the read if the current head began before the given time, after a read of all that the client has sent: this process may
     * have had no processor time. Any thread can call it. The thread that takes the fill interest owns the connection, so this method
     * cannot fail a head that is complete by then.
     */
    void failIfHeadBeganBefore(long nanoTime) {
        if (isFillInterested() && isHeadIncomplete() && headBeginNanos() - nanoTime < 0) {
            FillInterest interest = ((AbstractEndPoint) getEndPoint()).getFillInterest();
            long head = getMessagesIn();
            if (lateHead == head) {
                interest.onFail(new RequestHeaderTimeout.Expired());
            } else {
                getConnector().getExecutor().execute(() -> {
                    interest.fillable();
                    lateHead = head;
                });
            }
        }
    }

    /** The timeout of the first head starts with the connection, that of a later head with its first byte. */
    private boolean isHeadIncomplete() {
        return getParser().inHeaderState()
                && (getMessagesIn() == 0 || !getParser().isStart());
    }

    private long headBeginNanos() {
        return getMessagesIn() == 0 ? openedNanos : getParser().getBeginNanoTime();
    }

    /** Reads once more: without a new request {@link #fillInterested} closes the connection. Any thread can call it. */
    void endIfIdle() {
        if (isFillInterested() && getMessagesIn() > 0) {
            getConnector().getExecutor().execute(((AbstractEndPoint) getEndPoint()).getFillInterest()::fillable);
        }
    }

    private boolean isShutdown() {
        return getConnector() instanceof AbstractConnector connector && connector.isShutdown();
    }

    /** Announces in an answer of a connector that shuts down that no further request is read. */
    @Override
    protected HttpStreamOverHTTP1 newHttpStream(String method, String uri, HttpVersion version) {
        return new HttpStreamOverHTTP1(method, uri, version) {
            @Override
            public void send(
                    MetaData.Request request,
                    MetaData.@Nullable Response response,
                    boolean isLast,
                    ByteBuffer content,
                    Callback callback) {
                if (response != null && !HttpStatus.isInformational(response.getStatus()) && isShutdown()) {
                    getGenerator().setPersistent(false);
                }
                super.send(request, response, isLast, content, callback);
            }
        };
    }

    @Override
    public void onFillInterestedFailed(Throwable cause) {
        if (!(cause instanceof RequestHeaderTimeout.Expired)) {
            super.onFillInterestedFailed(cause);
        } else if (getBytesIn() == 0) {
            close(); // the client sent no byte, so it gets no response
        } else {
            rejectSlowHead();
        }
    }

    private void rejectSlowHead() {
        ErrorReply reply = new ErrorReply(
                HttpStatus.REQUEST_TIMEOUT_408,
                "the request's headers did not come within " + headerTimeout.toMillis()
                        + " ms; send them faster, or set " + Setting.HEADER_TIMEOUT + " higher");
        rejectIncomplete(RejectionCounter.Cause.HEADER_TIMEOUT, reply);
    }

    private void rejectIncomplete(RejectionCounter.Cause cause, ErrorReply reply) {
        rejections.refused(cause, AcceptedEndPoint.of(getEndPoint()).client(), reply.status());
        RejectedConnection rejected = new RejectedConnection(getConnector(), getEndPoint(), reply.toBytes());
        getEndPoint().upgrade(rejected);
        rejected.respond();
    }

    /**
     * Charges an incomplete head, or incomplete trailers, to the memory budget. Jetty calls this when it has parsed all
     * received bytes and waits for more; until then a connection uses at most {@code MAX_HEADER_SIZE}. A shutdown closes a
     * connection that would wait for another request.
     */
    @Override
    public void fillInterested(Callback callback) {
        if (getMessagesIn() > 0 && getParser().isStart() && isShutdown()) {
            close();
        } else if (isWithinBudget()) {
            super.fillInterested(callback);
        } else if (isHeadIncomplete()) {
            ErrorReply reply = new ErrorReply(
                    HttpStatus.SERVICE_UNAVAILABLE_503, OVER_BUDGET, ConnectionLimits.RETRY_AFTER_SECONDS);
            rejectIncomplete(RejectionCounter.Cause.HEADER_MEMORY, reply);
        } else {
            callback.failed(overBudget());
        }
    }

    /** Jetty calls this to wait for more of a body, and for trailers. */
    @Override
    public void tryFillInterested(Callback callback) {
        if (isWithinBudget()) {
            super.tryFillInterested(callback);
        } else {
            callback.failed(overBudget());
        }
    }

    private boolean isWithinBudget() {
        return headerMemory.reserve(getParser().getHeaderLength(), targetBytes, fields);
    }

    static HeaderRejection overBudget() {
        return new HeaderRejection(
                HttpStatus.SERVICE_UNAVAILABLE_503, OVER_BUDGET, RejectionCounter.Cause.HEADER_MEMORY);
    }

    static HeaderRejection tooManyFields() {
        return new HeaderRejection(
                HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431,
                "the request has more than " + MAX_FIELDS + " header fields; send fewer",
                RejectionCounter.Cause.HEADER_FIELDS);
    }

    /** Returns whether this is the first line of the HTTP/2 preface, at the begin of a connection that may become HTTP/2. */
    private boolean isPreface(String method, String uri, HttpVersion version) {
        return version == HttpVersion.HTTP_2
                && HttpMethod.PRI.is(method)
                && uri.equals("*")
                && getMessagesIn() == 0
                && getConnector().getConnectionFactory(Http2ConnectionFactory.PLAIN) != null;
    }

    @Override
    protected RequestHandler newRequestHandler() {
        return new RequestHandler() {
            private boolean isChunkable;
            private boolean isUpgradeNamed;
            private boolean isConnectionNeeded;

            @Override
            public void messageBegin() {
                fields = 0;
                targetBytes = 0;
                super.messageBegin();
            }

            @Override
            public void startRequest(String method, String uri, HttpVersion version) {
                if (!uri.startsWith("/") && !isPreface(method, uri, version)) {
                    throw new HttpException.RuntimeException(
                            HttpStatus.BAD_REQUEST_400, "the request target must begin with a slash (origin form)");
                }
                targetBytes = uri.length();
                isUpgradeNamed = false;
                isConnectionNeeded = true;
                isChunkable = version.getVersion() >= HttpVersion.HTTP_1_1.getVersion();
                super.startRequest(method, uri, version);
            }

            @Override
            public void parsedHeader(HttpField field) {
                countField();
                if (field.getHeader() == HttpHeader.TRANSFER_ENCODING) {
                    checkTransferEncoding(field);
                }
                checkUpgrade(field);
                boolean isBlankHost = field.getHeader() == HttpHeader.HOST && StringUtil.isBlank(field.getValue());
                super.parsedHeader(isBlankHost ? NO_HOST : field);
            }

            /** The daemon upgrades to any protocol but websocket by the header {@code Upgrade} alone. */
            private void checkUpgrade(HttpField field) {
                isUpgradeNamed |= field.getHeader() == HttpHeader.UPGRADE;
                if (field.getHeader() == HttpHeader.CONNECTION && field.contains(HttpHeaderValue.UPGRADE.asString())
                        || field.getHeader() == HttpHeader.UPGRADE && field.contains("websocket")) {
                    isConnectionNeeded = false;
                }
            }

            @Override
            public void parsedTrailer(HttpField field) {
                countField();
                super.parsedTrailer(field);
            }

            private void countField() {
                if (++fields > MAX_FIELDS) {
                    throw tooManyFields();
                }
            }

            /** Adds the header {@code Connection} without which Jetty refuses a request that names an upgrade (400). */
            @Override
            public boolean headerComplete() {
                admission.requireRoom();
                if (!isWithinBudget()) {
                    throw overBudget();
                }
                if (isUpgradeNamed && isConnectionNeeded) {
                    super.parsedHeader(CONNECTION_UPGRADE);
                }
                return super.headerComplete();
            }

            private void checkTransferEncoding(HttpField field) {
                if (!isChunkable || !HttpHeaderValue.CHUNKED.is(field.getValue())) {
                    throw new HttpException.RuntimeException(
                            HttpStatus.BAD_REQUEST_400,
                            "the transfer encoding must be chunked, once and alone, of an HTTP/1.1 request");
                }
                isChunkable = false;
            }
        };
    }
}
