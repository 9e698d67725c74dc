package org.socketproxy.forward;

import java.io.IOException;
import java.util.concurrent.Executor;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.IteratingCallback;
import org.eclipse.jetty.util.thread.Invocable;
import org.jspecify.annotations.Nullable;
import org.socketproxy.daemon.Daemon;
import org.socketproxy.daemon.DaemonRequest;
import org.socketproxy.daemon.DaemonVersion;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.GrpcStatus;
import org.socketproxy.exchange.ReadQuota;
import org.socketproxy.exchange.Shadowed;
import org.socketproxy.exchange.StreamConnection;
import org.socketproxy.policy.TransformException;
import org.socketproxy.tunnel.GrpcClient;

/**
 * Forwards the response of the daemon to the client. It writes each chunk as it arrives, and reads the next one when
 * the write has completed, which gives back-pressure.
 */
final class ResponseForwarder implements Response.Listener {
    private final DaemonVersion version;
    private final Exchange exchange;
    private final DaemonRequest request;
    private final ForwardingEnd end;
    private final ClientConnection clientSide;
    private final @Nullable TransformedBody body;
    private final @Nullable Shadowed shadow;
    private volatile @Nullable TransformPump transforming;
    private volatile @Nullable HttpFields lost;

    /** @param body for the bytes of a response that is transformed, or null for a response that passes byte for byte */
    ResponseForwarder(
            Daemon daemon,
            DaemonVersion version,
            Exchange exchange,
            DaemonRequest request,
            ActiveExchanges exchanges,
            @Nullable TransformedBody body) {
        this.version = version;
        this.exchange = exchange;
        this.request = request;
        this.end = new ForwardingEnd(daemon, version, exchange, exchanges);
        this.clientSide = exchange.clientSide();
        this.body = body;
        this.shadow = exchange.shadow();
    }

    @Override
    public void onHeaders(Response response) {
        exchange.daemonAnswer().complete(null);
        exchange.trial().receiveStatus(response.getStatus());
        if (response.getStatus() == HttpStatus.BAD_REQUEST_400) {
            version.refused(exchange);
        }
        if (shadow != null) {
            shadow.answered(response.getStatus());
            if (TransformedHead.isBodyTransformable(response)) {
                shadow.expectBody(TransformedHead.fault(response) == null);
            }
        }
        clientSide.response().setStatus(response.getStatus());
        HopByHopHeaders.copyResponse(
                response.getHeaders(), clientSide.response().getHeaders());
        if (isGrpc()) {
            GrpcStatus.limit(clientSide.response().getHeaders());
            allow(clientSide.response().getHeaders());
            clientSide.response().setTrailersSupplier(() -> trailers(response));
        }
        if (response.getStatus() == HttpStatus.NO_CONTENT_204) {
            // A 204 must not have Content-Length (RFC 9110 section 8.6), and Jetty would wait for that many bytes.
            clientSide.response().getHeaders().remove(HttpHeader.CONTENT_LENGTH);
        }
        if (body != null) {
            TransformException fault = isBodyTransformed(response) ? TransformedHead.fault(response) : null;
            if (fault != null) {
                var unused = response.abort(fault);
                return;
            }
            TransformedHead.adapt(
                    response.getStatus(),
                    isBodyTransformed(response),
                    clientSide.response().getHeaders());
        }
        if (isClosedInsteadOfUpgraded(response)) {
            // Old versions of the docker CLI print the daemon's error message only if the connection ends with it.
            clientSide.response().getHeaders().put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE);
        } else if (mayBeChunked(response) && clientSide.expectsContinue()) {
            // Jetty closes this connection. Without chunks the client could not distinguish a complete from a truncated
            // body.
            clientSide.response().getHeaders().put(HttpHeader.TRANSFER_ENCODING, HttpHeaderValue.CHUNKED);
        }
    }

    private boolean isGrpc() {
        return exchange.trial().operation().isGrpc();
    }

    /** Returns the trailers of the daemon, or those that tell the client that the daemon is gone. */
    private @Nullable HttpFields trailers(Response response) {
        HttpFields trailers = lost == null ? response.getTrailers() : lost;
        if (trailers == null) {
            return null;
        }
        HttpFields.Mutable limited = HttpFields.build(trailers);
        GrpcStatus.limit(limited);
        allow(limited);
        return limited;
    }

    /** Permits these fields of a gRPC call. Its status can contain a Dockerfile, also in the head of a call without a message. */
    private void allow(HttpFields fields) {
        if (clientSide.connection() instanceof StreamConnection streams) {
            streams.allowFields(GrpcClient.sizeOf(fields));
        }
    }

    private boolean isBodyTransformed(Response response) {
        return body != null && body.isFor(response.getStatus()) && TransformedHead.isBodyTransformable(response);
    }

    /** After a hijack, a failing daemon sends an error without a length and closes the connection. */
    private boolean isClosedInsteadOfUpgraded(Response response) {
        return exchange.trial().operation().upgrade() != null
                && isLengthUnknown()
                && !response.getHeaders().contains(HttpHeader.TRANSFER_ENCODING)
                && !HttpStatus.hasNoBody(response.getStatus());
    }

    private boolean mayBeChunked(Response response) {
        return isLengthUnknown()
                && clientSide.request().getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1
                && !HttpMethod.HEAD.is(clientSide.request().getMethod())
                && !HttpStatus.hasNoBody(response.getStatus());
    }

    @Override
    public void onContentSource(Response response, Content.Source source) {
        if (response.getStatus() == HttpStatus.SWITCHING_PROTOCOLS_101) {
            var unused = response.abort(new IOException("The daemon sent 101 without an upgrade request"));
        } else if (body != null && isBodyTransformed(response)) {
            boolean isHeadDue = exchange.trial().operation().isEndless() && !isGrpc();
            TransformPump pump = new TransformPump(response, source, clientSide, body, shadow, isHeadDue);
            transforming = pump;
            pump.iterate();
        } else {
            new Pump(response, source).iterate();
        }
    }

    /**
     * Sends the head of a response of unknown length at once, because the first byte of a stream can be late; also the
     * head of a response without a body, because Jetty would add a Content-Length.
     */
    private boolean isLengthUnknown() {
        return !clientSide.response().getHeaders().contains(HttpHeader.CONTENT_LENGTH);
    }

    private final class Pump extends IteratingCallback {
        private final Response response;
        private final Content.Source source;
        private final Executor executor = clientSide.executor();
        private final Runnable more = Invocable.from(InvocationType.NON_BLOCKING, this::iterate);
        private boolean isHeadDue;
        private Content.@Nullable Chunk chunk;
        private final ReadQuota turn = new ReadQuota();

        Pump(Response response, Content.Source source) {
            this.response = response;
            this.source = source;
            this.isHeadDue = isLengthUnknown() && !isGrpc();
        }

        @Override
        protected Action process() {
            if (isHeadDue) {
                isHeadDue = false;
                clientSide.response().write(false, null, this);
                return Action.SCHEDULED;
            }
            if (turn.isOver()) {
                turn.begin();
                executor.execute(this::succeeded);
                return Action.SCHEDULED;
            }
            Content.Chunk read = source.read();
            if (read == null && isGrpc() && !clientSide.response().isCommitted()) {
                // Not before this read: a call without a message must have its status in the head.
                clientSide.response().write(false, null, this);
                return Action.SCHEDULED;
            }
            if (read == null) {
                turn.begin();
                source.demand(more);
                return Action.IDLE;
            }
            if (Content.Chunk.isFailure(read)) {
                abortResponse(read.getFailure());
                return Action.SUCCEEDED;
            }
            if (read.isLast() && !read.hasRemaining()) {
                read.release();
                return Action.SUCCEEDED;
            }
            chunk = read;
            turn.moved(read.remaining());
            if (shadow != null) {
                shadow.show(read.getByteBuffer().asReadOnlyBuffer());
            }
            clientSide.response().write(false, read.getByteBuffer(), this);
            return Action.SCHEDULED;
        }

        @Override
        protected void onSuccess() {
            release();
        }

        @Override
        protected void onCompleteFailure(Throwable cause) {
            release();
            abortResponse(cause);
        }

        /** {@link ResponseForwarder#onComplete} handles the failure. */
        private void abortResponse(Throwable cause) {
            var unused = response.abort(cause);
        }

        private void release() {
            if (chunk != null) {
                chunk.release();
                chunk = null;
            }
        }

        @Override
        public InvocationType getInvocationType() {
            return InvocationType.NON_BLOCKING;
        }
    }

    /** Fails the unread request body, because the client may wait for the end of this response before it sends more. */
    @Override
    public void onSuccess(Response response) {
        if (exchange.isBodyIncomplete()) {
            var unused = response.getRequest().fail(new IOException("The daemon answered before the end of the body"));
        }
    }

    @Override
    public void onComplete(Result result) {
        if (StaleConnectionRetry.isDue(result, exchange, request)) {
            new StaleConnectionRetry(exchange, request, this).begin();
            return;
        }
        exchange.answered();
        TransformException withheld = result.getResponseFailure() == null ? checkEnd() : null;
        if (withheld != null) {
            failResponse(withheld);
        } else if (result.isSucceeded()) {
            end.complete();
        } else if (result.getResponseFailure() == null) {
            // The response is complete, but the daemon has not read the whole body, for example of a rejected upload.
            // The end of the response is sent before the drain, because the client may wait for it before it sends
            // more.
            clientSide.response().write(true, null, end.drainThenComplete());
        } else {
            failResponse(result.getFailure());
        }
    }

    /** Returns why a response that the daemon has ended is not complete for its transform, or null. */
    private @Nullable TransformException checkEnd() {
        TransformPump pump = transforming;
        try {
            if (pump != null) {
                pump.end();
            }
            return null;
        } catch (TransformException incomplete) {
            return incomplete;
        }
    }

    private void failResponse(Throwable failure) {
        if (failure instanceof TransformException withheld) {
            exchange.withhold(withheld.fault().reason());
        }
        TransformPump pump = transforming;
        boolean isHeadSent = clientSide.response().isCommitted() || pump != null && !pump.claimHead();
        if (isHeadSent && isGrpc() && !exchange.isAbandoned()) {
            lost = GrpcStatus.of(end.explain(failure)).trailers();
            clientSide.response().write(true, null, end.drainThenComplete());
        } else if (isHeadSent) {
            end.abort(failure);
        } else {
            end.fail(failure);
        }
    }

    /** Handles a failed connect of a retry. */
    void onConnectFailure(Throwable failure) {
        exchange.answered();
        end.fail(failure);
    }
}
