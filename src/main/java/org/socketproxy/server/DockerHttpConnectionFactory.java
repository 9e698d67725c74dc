package org.socketproxy.server;

import org.eclipse.jetty.http.HostPortHttpField;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.StringUtil;

/**
 * Reads HTTP/1.1 strictly, with one leniency and two severities that Jetty has no switch for.
 *
 * <p>Lenient: Go clients send a blank {@code Host} when they hijack a connection that they dialled themselves. Severe:
 * only the origin form of a request target is taken, since a proxy that reads a host in it could be sent elsewhere; and of
 * transfer encodings only {@code chunked}, once, which everybody reads alike.
 */
final class DockerHttpConnectionFactory extends HttpConnectionFactory {
    private static final HostPortHttpField NO_HOST = new HostPortHttpField("docker");
    private static final int MAX_HEADER_BYTES = 128 * 1024;
    /** Uploads run twice as fast with it as with Jetty's 8 KiB. */
    private static final int INPUT_BUFFER_BYTES = 32 * 1024;

    DockerHttpConnectionFactory() {
        super(configuration());
        setInputBufferSize(INPUT_BUFFER_BYTES);
    }

    private static HttpConfiguration configuration() {
        HttpConfiguration configuration = new HttpConfiguration();
        configuration.setSendServerVersion(false);
        configuration.setSendDateHeader(false);
        configuration.setSendXPoweredBy(false);
        configuration.setRequestHeaderSize(MAX_HEADER_BYTES);
        configuration.setResponseHeaderSize(MAX_HEADER_BYTES / 2);
        configuration.setHeaderCacheSize(0); // else 98 KB of heap a connection
        configuration.setHttpCompliance(HttpCompliance.STRICT);
        // RequestTarget judges targets, in one place and with words that help; Jetty only hands them over as they came.
        configuration.setUriCompliance(UriCompliance.UNSAFE);
        return configuration;
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
        return configure(new DockerHttpConnection(getHttpConfiguration(), connector, endPoint), connector, endPoint);
    }

    private static final class DockerHttpConnection extends HttpConnection {
        DockerHttpConnection(HttpConfiguration configuration, Connector connector, EndPoint endPoint) {
            super(configuration, connector, endPoint);
        }

        @Override
        protected RequestHandler newRequestHandler() {
            return new RequestHandler() {
                private boolean isChunkable;

                @Override
                public void startRequest(String method, String uri, HttpVersion version) {
                    if (!uri.startsWith("/")) {
                        throw new HttpException.RuntimeException(
                                HttpStatus.BAD_REQUEST_400, "the request target must begin with a slash (origin form)");
                    }
                    isChunkable = version.getVersion() >= HttpVersion.HTTP_1_1.getVersion();
                    super.startRequest(method, uri, version);
                }

                @Override
                public void parsedHeader(HttpField field) {
                    if (field.getHeader() == HttpHeader.TRANSFER_ENCODING) {
                        checkTransferEncoding(field);
                    }
                    boolean isBlankHost = field.getHeader() == HttpHeader.HOST && StringUtil.isBlank(field.getValue());
                    super.parsedHeader(isBlankHost ? NO_HOST : field);
                }

                private void checkTransferEncoding(HttpField field) {
                    if (!isChunkable || !HttpHeaderValue.CHUNKED.is(field.getValue())) {
                        throw new HttpException.RuntimeException(
                                HttpStatus.BAD_REQUEST_400,
                                "the transfer encoding must be chunked, once and alone, of an HTTP/1.1 request");
                    }
                    isChunkable = false;
                }
            };
        }
    }
}
