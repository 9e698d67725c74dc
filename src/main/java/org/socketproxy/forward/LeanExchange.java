package org.socketproxy.forward;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;
import org.jspecify.annotations.Nullable;
import org.socketproxy.daemon.DaemonClient;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.ReadQuota;
import org.socketproxy.jetty.DaemonConnection;

/**
 * One exchange of {@link LeanTransport}: sends the head of the request, parses the response, and writes each part to the
 * client before it reads the next, which gives back-pressure. What came together is written together.
 *
 * <p>Threading: {@link IteratingCallback} serialises it; any thread can abort it.
 */
final class LeanExchange extends IteratingCallback implements HttpParser.ResponseHandler, DaemonConnection.Borrower {
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final ByteBuffer LAST_CHUNK = BufferUtil.toBuffer("\r\n0\r\n\r\n");

    private final LeanTransport transport;
    private final Exchange exchange;
    private final ClientConnection clientSide;
    private final ForwardingEnd end;
    private final Runnable retry;
    private final HttpParser parser;
    private final ReadQuota turn = new ReadQuota();
    /** Null before it begins, and after the end of the response or a failure: the thread that takes it out ends its use. */
    private final AtomicReference<@Nullable DaemonConnection> connection = new AtomicReference<>();
    /** The head of the request and the response: a reusable connection is given back after both. */
    private final AtomicInteger unfinished = new AtomicInteger(2);

    private volatile @Nullable DaemonConnection reusable;
    private @Nullable RetainableByteBuffer buffer;
    private int status;
    private @Nullable HttpVersion version;
    /** A part of the body that is not written yet; it lies in the buffer. */
    private @Nullable ByteBuffer content;

    private @Nullable IOException fault;
    private volatile boolean isBegun;
    private boolean isReleased;
    private boolean hasBytes;
    private boolean isAtEnd;
    private boolean isKept;
    private boolean isHeadRead;
    private boolean isHeadDue;
    private boolean isComplete;
    private boolean isWritten;

    /**
     * Creates an exchange.
     *
     * @param retry repeats the request on a new connection
     */
    LeanExchange(LeanTransport transport, Exchange exchange, Runnable retry) {
        this.transport = transport;
        this.exchange = exchange;
        this.clientSide = exchange.clientSide();
        this.end = new ForwardingEnd(transport.daemon, transport.version, exchange, transport.exchanges);
        this.retry = retry;
        this.parser = new HttpParser(this, DaemonClient.MAX_RESPONSE_HEADERS_BYTES, HttpCompliance.RFC9110);
        parser.setHeaderCacheSize(0); // it would take 98 KB
    }

    /** Sends the request. The response begins with {@link #readable}. */
    void begin(DaemonConnection idle, RetainableByteBuffer head) {
        connection.set(idle);
        if (isAborted()) {
            head.release();
            closeConnection(); // the abort came before the connection
            return;
        }
        if (!idle.lend(this)) {
            head.release();
            lost(new EOFException("The pooled connection is stale"));
            return;
        }
        isBegun = true;
        Callback sent = Callback.from(
                InvocationType.NON_BLOCKING,
                () -> {
                    head.release();
                    finish(true);
                },
                cause -> {
                    head.release();
                    lost(cause);
                    finish(false);
                });
        idle.getEndPoint().write(sent, head.getByteBuffer());
    }

    /** Bytes that come before the request are no response to it. */
    @Override
    public void readable() {
        if (isBegun) {
            iterate();
        } else {
            lost(new EOFException("The daemon sent bytes without a request, or closed the connection"));
        }
    }

    /** Has no effect after the end of the response, because the client may still receive it. */
    @Override
    public void lost(Throwable cause) {
        if (closeConnection()) {
            abort(cause);
        }
    }

    @Override
    protected Action process() throws IOException {
        while (!isWritten) {
            if (turn.isOver()) {
                turn.begin();
                clientSide.executor().execute(this::succeeded);
                return Action.SCHEDULED;
            }
            if (buffer != null || isAtEnd) {
                parse();
                if (write()) {
                    return Action.SCHEDULED;
                }
            }
            if (!isWritten && !fill()) {
                return Action.IDLE;
            }
        }
        return Action.SUCCEEDED;
    }

    /** Reads more. Returns false if the exchange must wait for it. */
    private boolean fill() throws IOException {
        DaemonConnection used = connection.get();
        if (used == null) {
            throw new EofException("The exchange was aborted");
        }
        if (isAtEnd) {
            throw new EOFException("The daemon closed the connection");
        }
        if (buffer == null) {
            buffer = transport.buffers.acquire(BUFFER_BYTES, true);
        }
        int filled = used.getEndPoint().fill(buffer.getByteBuffer());
        if (filled > 0) {
            hasBytes = true;
            turn.moved(filled);
            return true;
        }
        if (filled < 0) {
            isAtEnd = true;
            parser.atEOF();
            return true;
        }
        releaseBuffer();
        turn.begin();
        used.fillInterested();
        return false;
    }

    /** Parses up to a part of the body, to the end of the response, or to the end of the buffer. */
    private void parse() throws IOException {
        ByteBuffer bytes = buffer == null ? ByteBuffer.allocate(0) : buffer.getByteBuffer();
        while (fault == null && !isComplete && content == null && parseNext(bytes)) {
            if (HttpStatus.isInterim(status) && !isHeadRead) {
                parser.reset(); // RFC 9110 section 15.2 allows to discard it
            }
        }
        if (content != null && !isComplete && isEndParsable(bytes)) {
            parseNext(bytes);
        }
        if (isComplete && !isReleased) {
            isReleased = true;
            releaseConnection(bytes.hasRemaining());
        }
    }

    /** The parser reports a chunk's size that is too long with the status of the response, which its exception asserts to be an error. */
    private boolean parseNext(ByteBuffer bytes) {
        try {
            return parser.parseNext(bytes);
        } catch (AssertionError ofParser) {
            fault = new IOException("The daemon sent a malformed response", ofParser);
            return true;
        }
    }

    /** Returns whether the buffer has the end of the response too, so that it can be written with the last bytes. */
    private boolean isEndParsable(ByteBuffer bytes) {
        if (!parser.isChunking()) {
            return parser.getContentRead() == parser.getContentLength();
        }
        return bytes.equals(LAST_CHUNK);
    }

    /** Writes what was parsed. Returns whether a write has begun, which continues this exchange. */
    private boolean write() throws IOException {
        if (isHeadDue && (content == null || !isChunkable())) {
            // A stream of unknown length: its first bytes can be late. Without content Jetty would add a
            // Content-Length.
            isHeadDue = false;
            isWritten = isComplete && content == null;
            clientSide.response().write(false, null, this);
            return true;
        }
        if (content != null) {
            if (isHeadDue) {
                isHeadDue = false;
                clientSide.response().getHeaders().put(HttpHeader.TRANSFER_ENCODING, HttpHeaderValue.CHUNKED);
            }
            ByteBuffer part = content;
            content = null;
            isWritten = isComplete;
            clientSide.response().write(isComplete, part, this);
            return true;
        }
        if (fault != null) {
            throw fault;
        }
        isWritten = isComplete; // the servlet container writes the end
        return false;
    }

    /** Returns whether Jetty sends a body of unknown length in chunks: not for a connection that closes after it. */
    private boolean isChunkable() {
        return clientSide.request().getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1
                && !clientSide.request().getHeaders().contains(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE.asString());
    }

    /** Before the last write, so that the client's next request finds the connection in the pool. */
    private void releaseConnection(boolean hasSurplus) throws IOException {
        DaemonConnection used = connection.getAndSet(null);
        if (used == null) {
            throw new EofException("The exchange was aborted");
        }
        if (isKept && !isAtEnd && !hasSurplus) {
            reusable = used;
            finish(true);
        } else {
            used.giveBack(false);
        }
    }

    /** The response can be complete before the thread that sent the head of the request has returned from the write. */
    private void finish(boolean isReusable) {
        boolean isLast = unfinished.decrementAndGet() == 0;
        DaemonConnection used = reusable;
        if (isLast && used != null) {
            used.giveBack(isReusable);
        }
    }

    /** Returns whether the connection was in use. */
    private boolean closeConnection() {
        DaemonConnection used = connection.getAndSet(null);
        if (used != null) {
            used.giveBack(false);
        }
        return used != null;
    }

    private void releaseBuffer() {
        if (buffer != null) {
            buffer.release();
            buffer = null;
        }
    }

    @Override
    protected void onCompleteSuccess() {
        releaseBuffer();
        exchange.answered();
        end.complete();
    }

    /** Ends a pending write to the client, because it may last. */
    @Override
    protected void onAborted(Throwable cause) {
        closeConnection();
        if (clientSide.response().isCommitted()) {
            clientSide.abort(cause);
        }
    }

    @Override
    protected void onCompleteFailure(Throwable cause) {
        closeConnection();
        releaseBuffer();
        if (cause instanceof IOException && !hasBytes && StaleConnectionRetry.isDue(exchange)) {
            retry.run(); // a pooled connection can be stale
            return;
        }
        exchange.answered();
        if (clientSide.response().isCommitted()) {
            end.abort(cause);
        } else {
            end.fail(cause);
        }
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    @Override
    public void startResponse(HttpVersion received, int code, @Nullable String reason) {
        version = received;
        status = code;
        isKept = received.getVersion() >= HttpVersion.HTTP_1_1.getVersion();
        parser.setHeadResponse(HttpMethod.HEAD.is(clientSide.request().getMethod()));
    }

    @Override
    public void parsedHeader(HttpField field) {
        if (HttpStatus.isInformational(status)) {
            return;
        }
        if (field.getHeader() == HttpHeader.CONNECTION) {
            isKept = isKept
                    ? !field.contains(HttpHeaderValue.CLOSE.asString())
                    : version == HttpVersion.HTTP_1_0 && field.contains(HttpHeaderValue.KEEP_ALIVE.asString());
        }
        HopByHopHeaders.copyResponse(field, clientSide.response().getHeaders());
    }

    @Override
    public boolean headerComplete() {
        if (HttpStatus.isInterim(status)) {
            return false;
        }
        if (status == HttpStatus.SWITCHING_PROTOCOLS_101) {
            fault = new IOException("The daemon sent 101 without an upgrade request");
            return true;
        }
        isHeadRead = true;
        exchange.daemonAnswer().complete(null);
        exchange.trial().receiveStatus(status);
        if (status == HttpStatus.BAD_REQUEST_400) {
            transport.version.refused(exchange);
        }
        HttpFields.Mutable headers = clientSide.response().getHeaders();
        clientSide.response().setStatus(status);
        if (status == HttpStatus.NO_CONTENT_204) {
            headers.remove(HttpHeader.CONTENT_LENGTH); // RFC 9110 section 8.6; Jetty would wait for that many bytes
        }
        isHeadDue = !headers.contains(HttpHeader.CONTENT_LENGTH);
        return false;
    }

    @Override
    public boolean content(ByteBuffer part) {
        content = part;
        return true;
    }

    @Override
    public boolean contentComplete() {
        return false;
    }

    @Override
    public boolean messageComplete() {
        isComplete = isHeadRead;
        return true;
    }

    @Override
    public void parsedTrailer(HttpField field) {} // no client asks for trailers, except gRPC

    @Override
    public void earlyEOF() {
        fault = new EOFException("The daemon closed the connection within a response, or its framing is wrong");
    }

    @Override
    public void badMessage(HttpException failure) {
        fault = new IOException("The daemon sent a malformed response", (Throwable) failure);
    }
}
