package org.socketproxy.exchange;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Error response of the proxy in the {@link ErrorForm} of the API, which clients print.
 *
 * <p>Security: the message can contain the path of a request, never a header or a query. It is escaped as JSON.
 *
 * @param status HTTP status code
 * @param message a sentence without the name of the program, which is added as a prefix
 * @param retryAfterSeconds value of the Retry-After header, or 0 for none
 */
public record ErrorReply(int status, String message, int retryAfterSeconds) {
    private static final String CONTENT_TYPE = "application/json";
    /** A request body up to this size is read to its end, and the connection is reused. */
    private static final long CHEAP_BODY_BYTES = 64 * 1024;

    public ErrorReply(int status, String message) {
        this(status, message, 0);
    }

    /** Returns the same response with a Retry-After header. */
    public ErrorReply retryAfter(int seconds) {
        return new ErrorReply(status, message, seconds);
    }

    /** Writes status, headers and body for a request that has not reached a servlet. */
    public void writeTo(Response response, boolean isLast, Callback callback) {
        if (retryAfterSeconds > 0) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, retryAfterSeconds);
        }
        write(
                response,
                status,
                CONTENT_TYPE,
                body(ErrorForm.of(response.getRequest().getHttpURI())),
                isLast,
                callback);
    }

    private static void write(
            Response response, int status, String contentType, byte[] body, boolean isLast, Callback callback) {
        HttpFields.Mutable headers = response.getHeaders();
        response.setStatus(status);
        if (!contentType.isEmpty()) {
            headers.put(HttpHeader.CONTENT_TYPE, contentType);
            headers.put(HttpHeader.CONTENT_LENGTH, body.length);
        }
        response.write(isLast, ByteBuffer.wrap(body), callback);
    }

    /** Returns the complete response as bytes, for a connection without an HTTP parser that is closed afterwards. */
    public ByteBuffer toBytes() {
        byte[] body = body(ErrorForm.DOCKER);
        String head = "HTTP/1.1 " + status + " " + HttpStatus.getMessage(status) + "\r\nContent-Type: " + CONTENT_TYPE
                + "\r\nContent-Length: " + body.length
                + (retryAfterSeconds > 0 ? "\r\nRetry-After: " + retryAfterSeconds : "")
                + "\r\nConnection: close\r\n\r\n";
        byte[] headBytes = head.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(headBytes.length + body.length)
                .put(headBytes)
                .put(body)
                .flip();
    }

    /**
     * Answers a request instead of forwarding it. The client gets the response at once, also in the middle of an
     * upload; the rest of the upload is read and discarded within limits.
     *
     * <p>Threading: must not block. The connection may handle this request inside the callback of the last write of the
     * previous one, and Jetty calls the callback of the next write only when that one has returned.
     */
    public void answer(HttpServletRequest request) {
        ClientConnection clientSide = ClientConnection.of(request);
        AsyncContext async = request.startAsync(
                new Undispatched(request),
                clientSide.request().getServletContextResponse().getServletApiResponse());
        async.setTimeout(0);
        answer(clientSide, clientSide.drainThenComplete(clientSide.request()));
    }

    /** A request that is not dispatched again, so that Jetty must not parse its path, which can be malformed. */
    private static final class Undispatched extends HttpServletRequestWrapper {
        Undispatched(HttpServletRequest request) {
            super(request);
        }

        @Override
        public String getRequestURI() {
            return "/";
        }

        @Override
        public @Nullable String getQueryString() {
            return null;
        }
    }

    /**
     * Answers a request that is already handled asynchronously.
     *
     * @param drain completed after the response is written, see {@link ClientConnection#drainThen}
     */
    public void answer(ClientConnection clientSide, Callback drain) {
        if (clientSide.isGrpc()) {
            GrpcStatus.of(this).answer(clientSide.response(), drain);
            return;
        }
        closeAfterLongBody(clientSide);
        writeTo(clientSide.response(), clientSide.isStream(), drain);
    }

    /**
     * Sends an error of the daemon in its own words to a request that is already handled asynchronously.
     *
     * @param status status of the daemon's response
     * @param contentType empty without a body
     * @param body its bytes are copied
     * @param drain completed after the response is written, see {@link ClientConnection#drainThen}
     */
    public static void relay(
            ClientConnection clientSide, int status, String contentType, ByteBuffer body, Callback drain) {
        closeAfterLongBody(clientSide);
        byte[] bytes = new byte[body.remaining()];
        body.duplicate().get(bytes);
        write(clientSide.response(), status, contentType, bytes, clientSide.isStream(), drain);
    }

    private static void closeAfterLongBody(ClientConnection clientSide) {
        long length = clientSide.request().getLength();
        boolean isCheap = !clientSide.hasBody() || length >= 0 && length <= CHEAP_BODY_BYTES;
        if (!isCheap) {
            clientSide.response().getHeaders().put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE.asString());
        }
    }

    private byte[] body(ErrorForm form) {
        return form.body(status, text());
    }

    /** Returns the message with the name of the program. */
    String text() {
        return "socket-proxy: " + message;
    }
}
