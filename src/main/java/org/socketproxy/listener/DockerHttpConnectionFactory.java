package org.socketproxy.listener;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.util.BufferUtil;
import org.socketproxy.audit.RejectionCounter;
import org.socketproxy.config.Limits;
import org.socketproxy.exchange.ErrorReply;

/**
 * Reads HTTP/1.1 strictly, with one leniency and two severities that Jetty has no switch for; on connections beyond a
 * limit it only answers.
 *
 * <p>Lenient: Go clients send a blank {@code Host} when they hijack a connection that they dialled themselves. Severe:
 * only the origin form of a request target is taken, since a proxy that reads a host in it could be sent elsewhere; and of
 * transfer encodings only {@code chunked}, once, which everybody reads alike.
 */
final class DockerHttpConnectionFactory extends HttpConnectionFactory {
    private static final int MAX_RESPONSE_HEADER_BYTES = 64 * 1024;
    private final Limits limits;
    private final RejectionCounter refusals;

    DockerHttpConnectionFactory(Limits limits, RejectionCounter refusals) {
        super(configuration(limits));
        this.limits = limits;
        this.refusals = refusals;
        setInputBufferSize(DockerHttpConnection.HEAD_BUFFER_BYTES);
    }

    private static HttpConfiguration configuration(Limits limits) {
        HttpConfiguration configuration = new HttpConfiguration();
        configuration.setSendServerVersion(false);
        configuration.setSendDateHeader(false);
        configuration.setSendXPoweredBy(false);
        configuration.setRequestHeaderSize(limits.maxHeaderBytes());
        configuration.setResponseHeaderSize(MAX_RESPONSE_HEADER_BYTES);
        configuration.setHeaderCacheSize(0); // else 98 KB of heap a connection
        configuration.setHttpCompliance(HttpCompliance.STRICT);
        // RequestTarget judges targets, in one place and with words that help; Jetty only hands them over as they came.
        configuration.setUriCompliance(UriCompliance.UNSAFE);
        return configuration;
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
        ConnectionLimits.Admission admission = AcceptedEndPoint.below(endPoint).admission();
        if (!admission.isAdmitted()) {
            ErrorReply reply = admission.reply();
            ByteBuffer answer =
                    reply == null ? BufferUtil.EMPTY_BUFFER : reply.toBytes(ConnectionLimits.RETRY_AFTER_SECONDS);
            return new RejectedConnection(connector, endPoint, answer);
        }
        DockerHttpConnection connection =
                new DockerHttpConnection(getHttpConfiguration(), connector, endPoint, limits.headerTimeout(), refusals);
        return configure(connection, connector, endPoint);
    }
}
