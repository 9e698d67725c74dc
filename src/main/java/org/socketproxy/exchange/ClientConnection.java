package org.socketproxy.exchange;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.NetworkChannel;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.socketproxy.jetty.EndPoints;
import org.socketproxy.jetty.ReadSavingEndPoint;

/**
 * Client side of an exchange below the servlet API. It moves bytes unbuffered and without blocking, which servlet
 * streams cannot do.
 *
 * @param response the unwrapped response. The servlet container's wrapper counts the content written through it, and
 *     closes the connection if that does not match Content-Length
 * @param trace the valid one of the client, or that of the proxy, which begins it with the request to the daemon; else null
 */
public record ClientConnection(
        ServletContextRequest request, Response response, AtomicReference<@Nullable TraceParent> trace) {
    static final String GRPC = "application/grpc";
    /** Attribute of a request with a connection that was closed before the response began. */
    private static final String UNANSWERED = ClientConnection.class.getName() + ".unanswered";

    /** Unwraps a servlet request and its response. */
    public static ClientConnection of(HttpServletRequest servletRequest) {
        ServletContextRequest request = ServletContextRequest.getServletContextRequest(servletRequest);
        Response response = request.getServletContextResponse();
        while (response instanceof Response.Wrapper wrapper) {
            response = wrapper.getWrapped();
        }
        return new ClientConnection(request, response, new AtomicReference<>(TraceParent.of(request.getHeaders())));
    }

    /** Returns the headers of the request to the daemon: those of the client, with a valid {@code traceparent}. */
    public HttpFields headers() {
        TraceParent known = trace.get();
        TraceParent sent = known == null ? TraceParent.begin() : known;
        trace.set(sent);
        return sent.in(request.getHeaders());
    }

    /** Returns the connection of the client, with all of its streams. */
    public Connection connection() {
        return request.getConnectionMetaData().getConnection();
    }

    public EndPoint endPoint() {
        return connection().getEndPoint();
    }

    /** Returns the selector that serves the client, or null for the connector of another server (WAR). */
    @Nullable
    public ManagedSelector selector() {
        return EndPoints.unwrap(endPoint()) instanceof ReadSavingEndPoint own ? own.selector() : null;
    }

    /** Runs an action when the connection has closed. Needs a connection of {@link #canStream}. */
    public void whenClosed(Runnable action) {
        ((ReadSavingEndPoint) EndPoints.unwrap(endPoint())).whenClosed(action);
    }

    public Scheduler scheduler() {
        return request.getComponents().getScheduler();
    }

    public Executor executor() {
        return request.getComponents().getExecutor();
    }

    /** Returns the number of bytes of the request body that were received. */
    public long bytesRead() {
        return Request.getContentBytesRead(request);
    }

    /** Returns the number of bytes of the response body that were written. */
    long bytesWritten() {
        return Response.getContentBytesWritten(response);
    }

    /** Returns the status of the response, for a gRPC call the one with the same meaning; 0 if none was sent. */
    int status() {
        // After an abort Jetty still commits a response, with status 200, to the closed connection.
        boolean isSent = response.isCommitted() && request.getAttribute(UNANSWERED) == null;
        return !isSent ? 0 : isGrpc() ? GrpcStatus.httpStatus(response) : response.getStatus();
    }

    /** Returns the exchange to the servlet container, which ends the response and reads the next request. */
    public void complete() {
        request.getServletApiRequest().getAsyncContext().complete();
    }

    /**
     * Returns a callback for the last write of the response. It reads and discards the rest of the request body, then
     * completes the exchange: a close with unread bytes sends RST, and the client would lose the response. On a stream it
     * tells the client not to send the rest.
     */
    public Callback drainThenComplete(Content.Source unreadBody) {
        return drainThen(this::complete, unreadBody);
    }

    /** Does the same as {@link #drainThenComplete}, with another completion. */
    public Callback drainThen(Runnable completion, Content.Source unreadBody) {
        boolean hasNothingToDrain = unreadBody == request && (!hasBody() || expectsContinue() && bytesRead() == 0);
        Runnable next;
        if (connection() instanceof StreamConnection streams) {
            next = () -> {
                streams.endUnread(request);
                completion.run();
            };
        } else {
            next = hasNothingToDrain
                    ? completion
                    : () -> BodyDrain.start(unreadBody, scheduler(), executor(), completion);
        }
        return Callback.from(next, cause -> {
            abort(cause);
            completion.run();
        });
    }

    /** Returns whether the connection can have other exchanges at the same time, so that it cannot become a tunnel. */
    public boolean isStream() {
        return connection() instanceof StreamConnection;
    }

    /**
     * Closes the connection, or the stream, so that the client detects the incomplete response. The exchange must still be completed.
     */
    public void abort(Throwable cause) {
        if (!response.isCommitted()) {
            request.setAttribute(UNANSWERED, true);
        }
        if (connection() instanceof StreamConnection streams) {
            streams.reset(request);
            return;
        }
        boolean isBodyEndedByClose =
                request.getConnectionMetaData().getHttpVersion().getVersion() < HttpVersion.HTTP_1_1.getVersion();
        if (isBodyEndedByClose) {
            // Closes below TLS, because close_notify would mark the body as complete.
            EndPoint socketEndPoint = EndPoints.unwrap(endPoint());
            resetOnClose(socketEndPoint);
            socketEndPoint.close(cause);
        }
        endPoint().close(cause);
    }

    /** Makes the close send RST on TCP. A Unix socket has no reset. */
    private static void resetOnClose(EndPoint socketEndPoint) {
        if (socketEndPoint.getTransport() instanceof NetworkChannel channel
                && channel.supportedOptions().contains(StandardSocketOptions.SO_LINGER)) {
            try {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            } catch (IOException ignored) {
                // The connection is already closed.
            }
        }
    }

    /** Ends an aborted exchange without a response: closes the connection, and returns the exchange to the servlet container. */
    public void endAborted() {
        abort(new EofException("The exchange was aborted"));
        complete();
    }

    /** Returns whether HTTP/2 can continue on this connection; not on the connector of another server (WAR). */
    public boolean canStream() {
        return streamFactory() != null;
    }

    /** Creates the connection with which HTTP/2 continues on this one. */
    public Connection newStreams() {
        Connector connector = request.getConnectionMetaData().getConnector();
        return Objects.requireNonNull(streamFactory()).afterUpgrade(connector, endPoint());
    }

    private StreamConnection.@Nullable Factory streamFactory() {
        for (ConnectionFactory factory :
                request.getConnectionMetaData().getConnector().getConnectionFactories()) {
            if (factory instanceof StreamConnection.Factory streams) {
                return streams;
            }
        }
        return null;
    }

    /** Returns whether the request is a gRPC call: a POST on a stream, with the content type of gRPC. */
    public boolean isGrpc() {
        String type = request.getHeaders().get(HttpHeader.CONTENT_TYPE);
        return isStream()
                && HttpMethod.POST.is(request.getMethod())
                && type != null
                && (type.equals(GRPC) || type.equals(GRPC + "+proto"));
    }

    /** Returns the value of the Upgrade header, or null if the client does not request an upgrade. */
    @Nullable
    public String requestedUpgrade() {
        boolean isRequested = request.getHeaders().contains(HttpHeader.CONNECTION, HttpHeaderValue.UPGRADE.asString());
        return isRequested ? request.getHeaders().get(HttpHeader.UPGRADE) : null;
    }

    /** Returns whether the request has {@code Expect: 100-continue}. */
    public boolean expectsContinue() {
        return request.getHeaders().contains(HttpHeader.EXPECT, HttpHeaderValue.CONTINUE.asString());
    }

    /** Returns whether the request has a body (RFC 9112 section 6.3). */
    public boolean hasBody() {
        return request.getLength() > 0 || request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING);
    }
}
