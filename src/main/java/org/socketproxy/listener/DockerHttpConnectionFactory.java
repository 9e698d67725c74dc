package org.socketproxy.listener;

import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.config.Limits;

/**
 * Creates the HTTP/1.1 connections of clients: strict parsing, with three rules that Jetty has no setting for. A
 * connection beyond a limit gets a {@link RejectedConnection}.
 *
 * <ul>
 *   <li>A blank {@code Host} header is accepted, because Go clients send it when they hijack a connection.
 *   <li>Security: only the origin form of the request target is accepted (RFC 9112 section 3.2.1). An absolute form
 *       could direct the proxy to another host.
 *   <li>Security: the only accepted transfer encoding is one {@code chunked}, against request smuggling.
 * </ul>
 */
final class DockerHttpConnectionFactory extends HttpConnectionFactory {
    private static final int INPUT_BUFFER_BYTES = 32 * 1024;
    private static final int MAX_RESPONSE_HEADER_BYTES = 64 * 1024;
    private final Limits limits;
    private final RejectionCounter rejections;

    DockerHttpConnectionFactory(Limits limits, RejectionCounter rejections) {
        super(configuration(limits));
        this.limits = limits;
        this.rejections = rejections;
        setInputBufferSize(INPUT_BUFFER_BYTES);
    }

    static HttpConfiguration configuration(Limits limits) {
        HttpConfiguration configuration = new HttpConfiguration();
        configuration.setSendServerVersion(false);
        configuration.setSendDateHeader(false);
        configuration.setSendXPoweredBy(false);
        configuration.setRequestHeaderSize(limits.maxHeaderBytes());
        configuration.setResponseHeaderSize(MAX_RESPONSE_HEADER_BYTES);
        configuration.setHeaderCacheSize(0); // the cache takes 98 KB of heap for each connection
        configuration.setHttpCompliance(HttpCompliance.STRICT);
        // RequestTarget checks the request target and explains errors, so Jetty passes it on unchecked.
        configuration.setUriCompliance(UriCompliance.UNSAFE);
        return configuration;
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
        ConnectionLimits.Admission admission = AcceptedEndPoint.of(endPoint).admission();
        if (!admission.isAdmitted()) {
            return RejectedConnection.of(admission, connector, endPoint);
        }
        DockerHttpConnection connection = new DockerHttpConnection(
                getHttpConfiguration(), connector, endPoint, limits.headerTimeout(), rejections);
        return configure(connection, connector, endPoint);
    }
}
