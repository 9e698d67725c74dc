package org.socketproxy.tunnel;

import java.nio.ByteBuffer;
import java.util.function.IntConsumer;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Stream;
import org.eclipse.jetty.http2.frames.DataFrame;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.GrpcStatus;

/**
 * Answer of one call to the daemon. One write at a time; an end from another thread waits for it.
 *
 * <p>Threading: thread-safe.
 */
final class SessionAnswer {
    private static final String GRPC = "application/grpc";

    private final HTTP2Stream daemon;
    private final SessionEnd end;
    private final IntConsumer whenEnded;
    private @Nullable GrpcStatus last;
    private boolean isBusy;
    private boolean isHeadSent;

    /** @param whenEnded gets the status of HTTP with the meaning of the status of the call */
    SessionAnswer(HTTP2Stream daemon, SessionEnd end, IntConsumer whenEnded) {
        this.daemon = daemon;
        this.end = end;
        this.whenEnded = whenEnded;
    }

    /** Sends the head, once. */
    void head(Callback next) {
        if (begin(next)) {
            isHeadSent = true;
            daemon.headers(new HeadersFrame(daemon.getId(), response(HttpFields.EMPTY), null, false), then(next));
        }
    }

    private static MetaData.Response response(HttpFields further) {
        HttpFields fields = HttpFields.build(further).put(HttpHeader.CONTENT_TYPE, GRPC);
        return new MetaData.Response(HttpStatus.OK_200, null, HttpVersion.HTTP_2, fields);
    }

    void data(ByteBuffer bytes, Callback next) {
        if (begin(next)) {
            daemon.data(new DataFrame(daemon.getId(), bytes, false), then(next));
        }
    }

    private boolean begin(Callback next) {
        boolean isAllowed;
        synchronized (this) {
            isAllowed = !isBusy && last == null;
            isBusy |= isAllowed;
        }
        if (!isAllowed) {
            next.failed(new EofException("The call has ended"));
        }
        return isAllowed;
    }

    private Callback then(Callback next) {
        return Callback.from(
                InvocationType.NON_BLOCKING,
                () -> {
                    if (!endIfDue()) {
                        next.succeeded();
                    }
                },
                cause -> {
                    next.failed(cause);
                    reset(ErrorCode.CANCEL_STREAM_ERROR.code);
                });
    }

    private boolean endIfDue() {
        synchronized (this) {
            isBusy = last != null;
        }
        if (isBusy) {
            sendEnd();
        }
        return isBusy;
    }

    /** Ends the call with a status. Only the first end has an effect. */
    void end(GrpcStatus status) {
        synchronized (this) {
            if (last != null) {
                return;
            }
            last = status;
            if (isBusy) {
                return;
            }
            isBusy = true;
        }
        sendEnd();
    }

    private void sendEnd() {
        GrpcStatus status = java.util.Objects.requireNonNull(last);
        HttpFields fields = status.trailers();
        end.allowFields(GrpcClient.sizeOf(fields));
        MetaData data = isHeadSent ? new MetaData(HttpVersion.HTTP_2, fields) : response(fields);
        daemon.headers(
                new HeadersFrame(daemon.getId(), data, null, true),
                Callback.from(InvocationType.NON_BLOCKING, this::sent, cause -> sent()));
    }

    private void sent() {
        if (!daemon.isRemotelyClosed()) {
            daemon.reset(new ResetFrame(daemon.getId(), ErrorCode.NO_ERROR.code), Callback.NOOP);
        }
        whenEnded.accept(GrpcStatus.httpStatus(
                String.valueOf(java.util.Objects.requireNonNull(last).code())));
    }

    /** Ends the call with an error of HTTP/2, at once. */
    void reset(int error) {
        synchronized (this) {
            if (last != null) {
                return;
            }
            last = CANCELLED;
            isBusy = true;
        }
        daemon.reset(new ResetFrame(daemon.getId(), error), Callback.NOOP);
        whenEnded.accept(GrpcStatus.httpStatus("1"));
    }

    private static final GrpcStatus CANCELLED = new GrpcStatus(1, "");
}
