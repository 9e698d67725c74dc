package org.socketproxy.listener;

import java.time.Duration;
import java.util.concurrent.Executor;
import org.eclipse.jetty.http.HostPortHttpField;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.StringUtil;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.config.Setting;
import org.socketproxy.exchange.ErrorReply;

/** A client's connection on which HTTP/1.1 is spoken, as {@link DockerHttpConnectionFactory} says. */
final class DockerHttpConnection extends HttpConnection {
    static final int HEAD_BUFFER_BYTES = 32 * 1024;
    /** Uploads cost a seventh less than with the other, which is enough for most requests; Jetty keeps no larger ones. */
    private static final int BODY_BUFFER_BYTES = 64 * 1024;

    /** Far more than clients send; each costs its objects, whatever its length. */
    private static final int MAX_FIELDS = 200;

    private static final HttpField CONNECTION_UPGRADE = new HttpField(HttpHeader.CONNECTION, HttpHeaderValue.UPGRADE);
    private static final HostPortHttpField NO_HOST = new HostPortHttpField("docker");

    private static final String HELD_TOO_MUCH =
            "the requests under way hold too much memory by their headers; send smaller headers, or try again later";

    private final Duration headerTimeout;
    private final RejectionCounter refusals;
    private final long openedNanos = System.nanoTime();
    private final Executor executor;
    private final HeaderMemoryBudget.Share held;
    /** Header and trailer fields of the request that is being read. */
    private int fields;
    /** Length of its target, once it came. */
    private int targetBytes;

    DockerHttpConnection(
            HttpConfiguration configuration,
            Connector connector,
            EndPoint endPoint,
            Duration headerTimeout,
            RejectionCounter refusals) {
        super(configuration, connector, endPoint);
        this.headerTimeout = headerTimeout;
        this.refusals = refusals;
        this.held = AcceptedEndPoint.below(endPoint).admission().heads();
        boolean isNeverBlocked = connector.getServer().getInvocationType() == InvocationType.NON_BLOCKING;
        this.executor = isNeverBlocked ? this::runHere : super.getExecutor();
    }

    /** What Jetty lets this connection's own work be done by. */
    @Override
    protected Executor getExecutor() {
        return executor;
    }

    /**
     * The next request is awaited by the thread that ended the last one, which is mostly the selector's: waking another for
     * it costs more than reading it. It does not nest, since what is answered at once is ended by a loop of Jetty's.
     */
    private void runHere(Runnable task) {
        if (task == this) {
            run();
        } else {
            super.getExecutor().execute(task);
        }
    }

    /**
     * Called by any thread, also while requests are read. Whoever takes the read interest owns the connection; what may
     * have changed before that is a head that came to its end at the last moment.
     */
    void endIfHeadBeganBefore(long nanoTime) {
        if (isFillInterested() && isHeadUnderWay() && headBeginNanos() - nanoTime < 0) {
            ((AbstractEndPoint) getEndPoint()).getFillInterest().onFail(new RequestHeaderTimeout.Passed());
        }
    }

    /** A new connection owes its first request; a kept one nothing, until the first byte of the next. */
    private boolean isHeadUnderWay() {
        return getParser().inHeaderState()
                && (getMessagesIn() == 0 || !getParser().isStart());
    }

    private long headBeginNanos() {
        return getMessagesIn() == 0 ? openedNanos : getParser().getBeginNanoTime();
    }

    @Override
    public void onFillInterestedFailed(Throwable cause) {
        if (!(cause instanceof RequestHeaderTimeout.Passed)) {
            super.onFillInterestedFailed(cause);
        } else if (getBytesIn() == 0) {
            close(); // nothing was asked, so there is nothing to answer
        } else {
            answerTooLate();
        }
    }

    private void answerTooLate() {
        ErrorReply reply = new ErrorReply(
                HttpStatus.REQUEST_TIMEOUT_408,
                "the request's headers did not come within " + headerTimeout.toMillis()
                        + " ms; send them faster, or set " + Setting.HEADER_TIMEOUT + " higher");
        refuseUnfinished(RejectionCounter.Cause.HEADER_TIMEOUT, reply, 0);
    }

    private void refuseUnfinished(RejectionCounter.Cause cause, ErrorReply reply, int retryAfterSeconds) {
        refusals.refused(cause, AcceptedEndPoint.below(getEndPoint()).client(), reply.status());
        RejectedConnection farewell =
                new RejectedConnection(getConnector(), getEndPoint(), reply.toBytes(retryAfterSeconds));
        getEndPoint().upgrade(farewell);
        farewell.answer();
    }

    /**
     * Jetty calls this whenever it has parsed all that came and waits for more, so here a connection pays for what an
     * unfinished head, or unfinished trailers, hold. Until then it holds {@code MAX_HEADER_SIZE} at most.
     */
    @Override
    public void fillInterested(Callback callback) {
        if (isHeld()) {
            super.fillInterested(callback);
        } else if (isHeadUnderWay()) {
            ErrorReply reply = new ErrorReply(HttpStatus.SERVICE_UNAVAILABLE_503, HELD_TOO_MUCH);
            refuseUnfinished(RejectionCounter.Cause.HEADER_MEMORY, reply, ConnectionLimits.RETRY_AFTER_SECONDS);
        } else {
            callback.failed(heldTooMuch());
        }
    }

    /** Jetty waits for more of a body by this, and for trailers behind it. */
    @Override
    public void tryFillInterested(Callback callback) {
        if (isHeld()) {
            super.tryFillInterested(callback);
        } else {
            callback.failed(heldTooMuch());
        }
    }

    private boolean isHeld() {
        return held.covers(getParser().getHeaderLength(), targetBytes, fields);
    }

    private static HeaderRejection heldTooMuch() {
        return new HeaderRejection(
                HttpStatus.SERVICE_UNAVAILABLE_503, HELD_TOO_MUCH, RejectionCounter.Cause.HEADER_MEMORY);
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
                if (!uri.startsWith("/")) {
                    throw new HttpException.RuntimeException(
                            HttpStatus.BAD_REQUEST_400, "the request target must begin with a slash (origin form)");
                }
                targetBytes = uri.length();
                isUpgradeNamed = false;
                isConnectionNeeded = true;
                isChunkable = version.getVersion() >= HttpVersion.HTTP_1_1.getVersion();
                setInputBufferSize(HEAD_BUFFER_BYTES);
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
                    throw new HeaderRejection(
                            HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431,
                            "the request has more than " + MAX_FIELDS + " header fields; send fewer",
                            RejectionCounter.Cause.HEADER_FIELDS);
                }
            }

            /** Adds the header {@code Connection} without which Jetty refuses a request that names an upgrade (400). */
            @Override
            public boolean headerComplete() {
                if (!isHeld()) {
                    throw heldTooMuch();
                }
                if (isUpgradeNamed && isConnectionNeeded) {
                    super.parsedHeader(CONNECTION_UPGRADE);
                }
                if (getParser().isChunking() || getParser().getContentLength() > HEAD_BUFFER_BYTES) {
                    setInputBufferSize(BODY_BUFFER_BYTES);
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
