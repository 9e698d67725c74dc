package org.socketproxy.exchange;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.NetworkChannel;
import java.util.concurrent.Executor;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.socketproxy.jetty.EndPoints;
import org.socketproxy.jetty.ReadSavingEndPoint;

/**
 * The client's side of an exchange, below the servlet API: bytes go through here as they are, unbuffered and without
 * blocking, which servlet streams cannot do.
 *
 * @param response writes straight to the connection; the servlet container's own wrapper would count what passes
 *     through it, and close the connection because it was told of no content
 */
public record ClientSide(ServletContextRequest request, Response response) {

    public static ClientSide of(HttpServletRequest servletRequest) {
        ServletContextRequest request = ServletContextRequest.getServletContextRequest(servletRequest);
        Response response = request.getServletContextResponse();
        while (response instanceof Response.Wrapper wrapper) {
            response = wrapper.getWrapped();
        }
        return new ClientSide(request, response);
    }

    Connection connection() {
        return request.getConnectionMetaData().getConnection();
    }

    public EndPoint endPoint() {
        return connection().getEndPoint();
    }

    /** The selector that serves the client, or null where the server is not ours and keeps it to itself. */
    @Nullable
    public ManagedSelector selector() {
        return EndPoints.unwrap(endPoint()) instanceof ReadSavingEndPoint frugal ? frugal.selector() : null;
    }

    public Scheduler scheduler() {
        return request.getComponents().getScheduler();
    }

    public Executor executor() {
        return request.getComponents().getExecutor();
    }

    /** How many bytes of the request's body came until now. */
    public long bytesRead() {
        return Request.getContentBytesRead(request);
    }

    /** How many bytes of the response's body went until now. */
    long bytesWritten() {
        return Response.getContentBytesWritten(response);
    }

    /** Status of the response, or 0 if none was sent. */
    int status() {
        return response.isCommitted() ? response.getStatus() : 0;
    }

    /** Hands the exchange back to the container, which ends the response and reads the next request. */
    public void complete() {
        request.getServletApiRequest().getAsyncContext().complete();
    }

    /**
     * Completes when the answer is written and the client has sent, or kept, what is left of its body. A connection that
     * is closed on unread bytes is reset, and the reset would overtake the answer.
     */
    Callback drainThenComplete(Content.Source unreadBody) {
        return drainThen(this::complete, unreadBody);
    }

    /** The same for one who completes by himself. */
    public Callback drainThen(Runnable completion, Content.Source unreadBody) {
        boolean isBodyKept = unreadBody == request && expectsContinue();
        Runnable next =
                isBodyKept ? completion : () -> BodyDrain.start(unreadBody, scheduler(), executor(), completion);
        return Callback.from(next, cause -> {
            cut(cause);
            completion.run();
        });
    }

    /** Cuts the connection, so that the client sees that what it got is not all. It is to be completed all the same. */
    public void cut(Throwable cause) {
        boolean isEndOfConnectionEndOfAnswer =
                request.getConnectionMetaData().getHttpVersion().getVersion() < HttpVersion.HTTP_1_1.getVersion();
        if (isEndOfConnectionEndOfAnswer) {
            // Below TLS, whose own end would say that this was all.
            EndPoint line = EndPoints.unwrap(endPoint());
            resetOnClose(line);
            line.close(cause);
        }
        endPoint().close(cause);
    }

    /** Where it can be had: a Unix socket knows no reset. */
    private static void resetOnClose(EndPoint line) {
        if (line.getTransport() instanceof NetworkChannel channel
                && channel.supportedOptions().contains(StandardSocketOptions.SO_LINGER)) {
            try {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            } catch (IOException gone) {
                // The client has closed it already.
            }
        }
    }

    /** The token that the client asks to upgrade to, or null if it does not ask. */
    @Nullable
    public String requestedUpgrade() {
        boolean isAsked = request.getHeaders().contains(HttpHeader.CONNECTION, HttpHeaderValue.UPGRADE.asString());
        return isAsked ? request.getHeaders().get(HttpHeader.UPGRADE) : null;
    }

    /** Whether the request has {@code Expect: 100-continue}. */
    public boolean expectsContinue() {
        return request.getHeaders().contains(HttpHeader.EXPECT, HttpHeaderValue.CONTINUE.asString());
    }

    /** Whether a body is announced (RFC 9112 section 6.3): then bytes behind the head belong to this request. */
    public boolean hasBody() {
        return request.getLength() > 0 || request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING);
    }
}
