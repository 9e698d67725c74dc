package org.socketproxy.listener;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.eclipse.jetty.http.HostPortHttpField;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpTokens;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.jspecify.annotations.Nullable;

/**
 * Translates the head of an HTTP/2 request into the form of HTTP/1.1, on which all rules of the proxy rest: {@code Host}
 * for {@code :authority}, and {@code Transfer-Encoding: chunked} for a body of unknown length.
 *
 * <p>Security: refuses what RFC 9113 sections 8.1 to 8.3 call malformed and Jetty accepts, because the daemon gets the
 * request in HTTP/1.1: connection-specific fields, several lengths, a length without a body, a method that is no token.
 */
final class Http2Head {
    /** The translation adds those that HTTP/1.1 needs. */
    private static final Set<HttpHeader> CONNECTION_SPECIFIC = EnumSet.of(
            HttpHeader.CONNECTION,
            HttpHeader.KEEP_ALIVE,
            HttpHeader.PROXY_CONNECTION,
            HttpHeader.TRANSFER_ENCODING,
            HttpHeader.UPGRADE,
            HttpHeader.HTTP2_SETTINGS);

    private static final HttpField CHUNKED = new HttpField(HttpHeader.TRANSFER_ENCODING, HttpHeaderValue.CHUNKED);
    private static final int LONGEST_LENGTH = 18;

    private Http2Head() {}

    /**
     * Translates a request head.
     *
     * @param isWithoutBody whether the HEADERS frame ends the stream
     * @throws HttpException.RuntimeException if the head is malformed
     */
    static MetaData.Request translate(MetaData.Request request, boolean isWithoutBody) {
        require(isToken(request.getMethod()), "the method is not a token");
        require(!(request instanceof MetaData.ConnectRequest), "CONNECT is not supported");
        HttpURI uri = request.getHttpURI();
        String path = uri.getPath();
        require(path != null && path.startsWith("/"), "the request target must begin with a slash (origin form)");
        HttpFields fields = request.getHttpFields();
        HttpFields.Mutable translated = HttpFields.build();
        translated.add(new HostPortHttpField(host(uri, fields)));
        for (HttpField field : fields) {
            HttpHeader header = field.getHeader();
            require(
                    header == null || !CONNECTION_SPECIFIC.contains(header),
                    "HTTP/2 has no header field " + field.getName());
            if (header != HttpHeader.HOST && header != HttpHeader.COOKIE) {
                translated.add(field);
            }
        }
        if (fields.contains(HttpHeader.COOKIE)) {
            translated.add(HttpHeader.COOKIE, String.join("; ", fields.getValuesList(HttpHeader.COOKIE)));
        }
        long length = length(fields, isWithoutBody);
        if (length < 0 && !isWithoutBody) {
            translated.add(CHUNKED);
        }
        return new MetaData.Request(
                request.getBeginNanoTime(), request.getMethod(), uri, HttpVersion.HTTP_2, translated, length, null);
    }

    /** Returns the authority. A {@code Host} field must be equal to it, and can stand in its place. */
    private static String host(HttpURI uri, HttpFields fields) {
        List<String> hosts = fields.getValuesList(HttpHeader.HOST);
        String authority = uri.getAuthority();
        require(hosts.size() < 2, "the request has more than one Host");
        require(authority != null || !hosts.isEmpty(), "the request has no authority");
        String host = hosts.isEmpty() ? null : hosts.get(0);
        require(host == null || authority == null || host.equalsIgnoreCase(authority), "Host is not the authority");
        return authority == null ? String.valueOf(host) : authority;
    }

    /** Returns the length of the body by {@code Content-Length}, or -1 without this field. */
    private static long length(HttpFields fields, boolean isWithoutBody) {
        List<String> lengths = fields.getValuesList(HttpHeader.CONTENT_LENGTH);
        if (lengths.isEmpty()) {
            return -1;
        }
        String text = lengths.get(0);
        boolean isNumber = !text.isEmpty()
                && text.length() <= LONGEST_LENGTH
                && text.chars().allMatch(digit -> digit >= '0' && digit <= '9');
        require(lengths.size() == 1 && isNumber, "the content length must be one number");
        long length = Long.parseLong(text);
        require(length == 0 || !isWithoutBody, "the request has a content length and no body");
        return length;
    }

    private static boolean isToken(@Nullable String text) {
        return text != null
                && !text.isEmpty()
                && text.chars().allMatch(character -> character < 0x80 && isTokenChar((char) character));
    }

    private static boolean isTokenChar(char character) {
        HttpTokens.Token token = HttpTokens.TOKENS[character];
        return token != null
                && (token.getType() == HttpTokens.Type.ALPHA
                        || token.getType() == HttpTokens.Type.DIGIT
                        || token.getType() == HttpTokens.Type.TCHAR);
    }

    private static void require(boolean isMet, String otherwise) {
        if (!isMet) {
            throw new HttpException.RuntimeException(HttpStatus.BAD_REQUEST_400, otherwise);
        }
    }
}
