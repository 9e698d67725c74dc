package org.socketproxy.exchange;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * An error in the daemon's own form, which every client prints: Docker's, or below {@code /libpod} Podman's.
 *
 * <p>Security: a message may repeat a request's path, never a header or a query; it is escaped as JSON.
 *
 * @param status HTTP status code
 * @param message a sentence without the program's name, which is put before it
 */
public record ErrorReply(int status, String message) {
    private static final String CONTENT_TYPE = "application/json";
    /** A body up to this is read to its end, and the connection kept. */
    private static final long CHEAP_BODY_BYTES = 64 * 1024;

    /** Status and body, for an answer given before any servlet saw the request. */
    public void writeTo(Response response, boolean isLast, Callback callback) {
        byte[] body = body(ErrorForm.of(response.getRequest().getHttpURI()));
        HttpFields.Mutable headers = response.getHeaders();
        response.setStatus(status);
        headers.put(HttpHeader.CONTENT_TYPE, CONTENT_TYPE);
        headers.put(HttpHeader.CONTENT_LENGTH, body.length);
        response.write(isLast, ByteBuffer.wrap(body), callback);
    }

    /**
     * The whole response as bytes, for a connection on which no HTTP is spoken and which is closed behind it.
     *
     * @param retryAfterSeconds when to come again, or 0 to say nothing of it
     */
    public ByteBuffer toBytes(int retryAfterSeconds) {
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
     * Answers a request instead of passing it on. The client gets the answer at once, also in the middle of an upload:
     * what it still sends is read and thrown away within bounds.
     */
    public void answer(HttpServletRequest request, HttpServletResponse response) throws IOException {
        ClientSide clientSide = ClientSide.of(request);
        if (clientSide.hasBody()) {
            AsyncContext async = request.startAsync();
            async.setTimeout(0);
            answer(clientSide, clientSide.drainThenComplete(clientSide.request()));
            return;
        }
        byte[] body = body(ErrorForm.of(clientSide.request().getHttpURI()));
        response.setStatus(status);
        response.setContentType(CONTENT_TYPE);
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    /**
     * The same for a request that is handled asynchronously already.
     *
     * @param drain what is to be done behind the answer, see {@link ClientSide#drainThen}
     */
    public void answer(ClientSide clientSide, Callback drain) {
        long length = clientSide.request().getLength();
        boolean isCheap = !clientSide.hasBody() || length >= 0 && length <= CHEAP_BODY_BYTES;
        if (!isCheap) {
            clientSide.response().getHeaders().put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE.asString());
        }
        writeTo(clientSide.response(), false, drain);
    }

    private byte[] body(ErrorForm form) {
        return form.body(status, "socket-proxy: " + message);
    }
}
