package org.socketproxy.forward;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.socketproxy.policy.TransformException;
import org.socketproxy.policy.TransformException.Fault;

/**
 * Changes the headers of an exchange with a transformed response: the proxy asks the daemon for the whole
 * representation without a content coding, and removes the headers that describe its bytes.
 */
final class TransformedHead {
    private static final String IDENTITY = "identity";
    /** A part cannot be transformed, and validators belong to the bytes before the transform. */
    private static final Set<HttpHeader> REQUEST_HEADERS = EnumSet.of(
            HttpHeader.RANGE,
            HttpHeader.IF_RANGE,
            HttpHeader.IF_MATCH,
            HttpHeader.IF_NONE_MATCH,
            HttpHeader.IF_MODIFIED_SINCE,
            HttpHeader.IF_UNMODIFIED_SINCE);

    private static final List<String> RESPONSE_HEADERS = List.of(
            "Content-Length",
            "Content-MD5",
            "Content-Digest",
            "Repr-Digest",
            "Digest",
            "ETag",
            "Last-Modified",
            "Accept-Ranges",
            "Content-Range");

    private TransformedHead() {}

    /** Changes the headers of the request to the daemon. */
    static void prepare(HttpFields.Mutable request) {
        REQUEST_HEADERS.forEach(request::remove);
        request.put(HttpHeader.ACCEPT_ENCODING, IDENTITY);
    }

    /** Returns whether the response has a body that a transform can change. */
    static boolean isBodyTransformable(Response response) {
        return !HttpStatus.hasNoBody(response.getStatus())
                && !HttpMethod.HEAD.is(response.getRequest().getMethod());
    }

    /** Returns why the body of this response cannot be transformed, or null if it can be. */
    static @Nullable TransformException fault(Response response) {
        HttpFields headers = response.getHeaders();
        if (hasOther(headers, HttpHeader.CONTENT_ENCODING, IDENTITY)
                || hasOther(headers, HttpHeader.TRANSFER_ENCODING, HttpHeaderValue.CHUNKED.asString())) {
            return new TransformException(Fault.ENCODED, "it is compressed, although the request does not accept that");
        }
        if (response.getStatus() == HttpStatus.PARTIAL_CONTENT_206) {
            return new TransformException(
                    Fault.PARTIAL, "it is only a part, although the request does not ask for one");
        }
        return null;
    }

    private static boolean hasOther(HttpFields headers, HttpHeader header, String only) {
        return headers.getCSV(header, false).stream().anyMatch(coding -> !coding.equalsIgnoreCase(only));
    }

    /**
     * Changes the headers of the response to the client, also to HEAD.
     *
     * @param isTransformed whether the body goes through the transform
     */
    static void adapt(int status, boolean isTransformed, HttpFields.Mutable response) {
        if (isTransformed || HttpStatus.isSuccess(status) || status == HttpStatus.NOT_MODIFIED_304) {
            RESPONSE_HEADERS.forEach(response::remove);
        }
    }
}
