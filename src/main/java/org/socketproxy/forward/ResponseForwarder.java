package org.socketproxy.forward;

import java.io.IOException;
import java.util.concurrent.Executor;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;
import org.eclipse.jetty.util.thread.Invocable;
import org.jspecify.annotations.Nullable;
import org.socketproxy.daemon.Daemon;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.ClientSide;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.Turn;

/**
 * The daemon's response on its way to the client: each chunk is written as it comes, and the next is read when the
 * client has taken it.
 */
final class ResponseForwarder implements Response.Listener {
    private final Daemon daemon;
    private final Exchange exchange;
    private final ForwardedRequest request;
    private final ActiveExchanges exchanges;
    private final ClientSide clientSide;

    ResponseForwarder(Daemon daemon, Exchange exchange, ForwardedRequest request, ActiveExchanges exchanges) {
        this.daemon = daemon;
        this.exchange = exchange;
        this.request = request;
        this.exchanges = exchanges;
        this.clientSide = exchange.clientSide();
    }

    @Override
    public void onHeaders(Response response) {
        clientSide.response().setStatus(response.getStatus());
        HopByHopHeaders.copyAnswer(response.getHeaders(), clientSide.response().getHeaders());
        if (response.getStatus() == HttpStatus.NO_CONTENT_204) {
            // It may have none (RFC 9110 section 8.6), and the container would wait for the bytes that it announces.
            clientSide.response().getHeaders().remove(HttpHeader.CONTENT_LENGTH);
        }
        if (clientSide.expectsContinue() && mayBeChunked(response)) {
            // The container closes the connection, which would then end a whole response and a cut one alike.
            clientSide.response().getHeaders().put(HttpHeader.TRANSFER_ENCODING, HttpHeaderValue.CHUNKED);
        }
    }

    private boolean mayBeChunked(Response response) {
        return clientSide.request().getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1
                && !response.getHeaders().contains(HttpHeader.CONTENT_LENGTH)
                && !HttpMethod.HEAD.is(clientSide.request().getMethod())
                && !HttpStatus.hasNoBody(response.getStatus());
    }

    @Override
    public void onContentSource(Response response, Content.Source source) {
        if (response.getStatus() == HttpStatus.SWITCHING_PROTOCOLS_101) {
            var unused = response.abort(new IOException("The daemon switched protocols unasked"));
        } else {
            new Pump(response, source).iterate();
        }
    }

    /**
     * An answer of unknown length may be a stream whose first byte is far away: its head goes out at once. So does that
     * of an answer that has no body, to which the container would add a length.
     */
    private boolean isHeadDueNow(Response response) {
        return !response.getHeaders().contains(HttpHeader.CONTENT_LENGTH);
    }

    private final class Pump extends IteratingCallback {
        private final Response response;
        private final Content.Source source;
        private final Executor executor = clientSide.executor();
        private final Runnable more = Invocable.from(InvocationType.NON_BLOCKING, this::iterate);
        private boolean isHeadDue;
        private Content.@Nullable Chunk chunk;
        private final Turn turn = new Turn();

        Pump(Response response, Content.Source source) {
            this.response = response;
            this.source = source;
            this.isHeadDue = isHeadDueNow(response);
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

        /** What comes of it, {@link ResponseForwarder#onComplete} is told. */
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

    /** Of a body that is still under way nobody reads the rest, and the client may send none before the answer ends. */
    @Override
    public void onSuccess(Response response) {
        if (exchange.isBodyUnderWay()) {
            var unused = response.getRequest().fail(new IOException("The daemon answered before the body's end"));
        }
    }

    @Override
    public void onComplete(Result result) {
        if (StaleConnectionRetry.isDue(result, exchange, request)) {
            new StaleConnectionRetry(exchange, request, this).begin();
            return;
        }
        exchange.answered();
        if (result.isSucceeded()) {
            complete();
        } else if (result.getResponseFailure() == null) {
            // The daemon answered in full, and read no more of the body: a refused upload, for example.
            // Its end goes out before the rest is awaited: a client may send nothing more until it has it.
            clientSide.response().write(true, null, drainThenComplete());
        } else if (clientSide.response().isCommitted()) {
            abort(result.getFailure());
        } else {
            fail(result.getFailure());
        }
    }

    /** There was no connection to begin with. */
    void onNoConnection(Throwable failure) {
        exchange.answered();
        fail(failure);
    }

    /** It is under way until the container has it back: a container that is stopped before would take its end for a fault. */
    private void complete() {
        exchange.returnToContainer();
        exchanges.end(exchange);
    }

    private void abort(Throwable cause) {
        clientSide.cut(cause);
        complete();
    }

    private Callback drainThenComplete() {
        exchange.drain();
        return clientSide.drainThen(this::complete, exchange.unreadBody());
    }

    private void fail(Throwable failure) {
        clientSide.response().getHeaders().clear();
        if (exchange.isAbandoned()) {
            abort(failure);
        } else {
            daemon.explain(failure).answer(clientSide, drainThenComplete());
        }
    }
}
