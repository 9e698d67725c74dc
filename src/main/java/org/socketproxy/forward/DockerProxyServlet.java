package org.socketproxy.forward;

import jakarta.servlet.ServletConfig;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.eclipse.jetty.client.ContinueProtocolHandler;
import org.eclipse.jetty.client.EarlyHintsProtocolHandler;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.HttpUpgrader;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.UpgradeProtocolHandler;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.ee10.proxy.ProxyServlet;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.jspecify.annotations.Nullable;
import org.socketproxy.daemon.Daemon;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.ClientSide;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.jetty.DaemonConnection;
import org.socketproxy.jetty.DaemonConnectionPool;
import org.socketproxy.tunnel.HijackUpgrade;

/**
 * Forwards what the filters before it let pass: moves bytes, decides nothing.
 *
 * <p>The steps of an exchange are {@link ProxyServlet}'s, each of them made exact: the request target goes out byte for
 * byte, headers by a fixed list, bodies as core content without copies, and nothing is added, decoded or followed.
 *
 * <p>Security: a request that no filter judged is not forwarded.
 */
public final class DockerProxyServlet extends ProxyServlet {
    private static final long serialVersionUID = 1;
    private static final int SELECTORS = 2;
    private static final int MAX_CONNECTIONS = 8192;
    /** Of connections in the pool; streams and tunnels may be silent for ever. */
    private static final Duration IDLE_LIMIT = Duration.ofSeconds(90);
    /** More than a client may send, so that what was let in also goes out. */
    private static final int MAX_REQUEST_HEADERS_BYTES = (256 + 8) * 1024;
    /** Below what a listener writes, which is 64 KiB: an answer that came in must go out. */
    private static final int MAX_RESPONSE_HEADERS_BYTES = 63 * 1024;

    private static final int REQUEST_BUFFER_BYTES = 16 * 1024;
    private static final int RESPONSE_BUFFER_BYTES = 64 * 1024;

    private final transient Daemon daemon;
    private final transient ActiveExchanges exchanges;
    private final InvocationType invocation;

    /**
     * A servlet for one daemon.
     *
     * @param invocation whether any filter or listener of the context may block
     */
    public DockerProxyServlet(Daemon daemon, ActiveExchanges exchanges, InvocationType invocation) {
        this.daemon = daemon;
        this.exchanges = exchanges;
        this.invocation = invocation;
    }

    @Override
    public void init(ServletConfig config) throws ServletException {
        super.init(config);
        setTimeout(0); // no total timeout: docker wait may take days
        exchanges.sweepBy(getHttpClient().getScheduler());
    }

    @Override
    protected HttpClient newHttpClient() {
        ClientConnector connector = new ClientConnector();
        connector.setSelectors(SELECTORS);
        connector.setSslContextFactory(daemon.tls());
        HttpClientTransportOverHTTP transport = new HttpClientTransportOverHTTP(connector) {
            @Override
            public Connection newConnection(EndPoint endPoint, Map<String, Object> context) {
                return new DaemonConnection(endPoint, context);
            }
        };
        transport.setHeaderCacheSize(0); // else 98 KB of heap a connection
        transport.setInvocationType(invocation);
        transport.setConnectionPoolFactory(
                destination -> new DaemonConnectionPool(destination, MAX_CONNECTIONS, IDLE_LIMIT));
        return new HttpClient(transport);
    }

    @Override
    protected HttpClient createHttpClient() throws ServletException {
        // The parent class starts it, follows no redirect, keeps no cookie and decodes no content.
        HttpClient client = super.createHttpClient();
        client.setIdleTimeout(0);
        client.setConnectTimeout(Daemon.CONNECT_TIMEOUT_MILLIS);
        client.setAddressResolutionTimeout(Daemon.CONNECT_TIMEOUT_MILLIS);
        client.setMaxConnectionsPerDestination(MAX_CONNECTIONS);
        client.setMaxRequestsQueuedPerDestination(MAX_CONNECTIONS);
        client.setMaxRequestHeadersSize(MAX_REQUEST_HEADERS_BYTES);
        client.setMaxResponseHeadersSize(MAX_RESPONSE_HEADERS_BYTES);
        client.setRequestBufferSize(REQUEST_BUFFER_BYTES);
        client.setResponseBufferSize(RESPONSE_BUFFER_BYTES);
        client.setUserAgentField(null);
        client.setDefaultRequestContentType(null);
        client.getProtocolHandlers().put(new AnyUpgrade());
        client.getProtocolHandlers().put(new Continue());
        client.getProtocolHandlers().put(new OtherInterim());
        return client;
    }

    /**
     * The parent's knows websocket and h2c only; the daemon upgrades to {@code tcp} as well. A 101 that was not asked for
     * is left to {@link ResponseForwarder}: here its connection would belong to nobody, and stay open.
     */
    private static final class AnyUpgrade extends UpgradeProtocolHandler {
        @Override
        protected boolean acceptHeaders(Request request, Response response) {
            return request.getAttributes().containsKey(HttpUpgrader.Factory.class.getName());
        }
    }

    /**
     * Handles the first 100 only. The parent class would also take the final response to a request with {@code Expect},
     * and hold up to 2 MiB of it in memory until its end, which a stream does not have. {@link ResponseForwarder} takes it.
     */
    private final class Continue extends ContinueProtocolHandler {
        @Override
        public boolean accept(Request request, Response response) {
            return response.getStatus() == HttpStatus.CONTINUE_100 && super.accept(request, response);
        }

        @Override
        protected Runnable onContinue(Request request) {
            var clientRequest = (HttpServletRequest) request.getAttributes().get(CLIENT_REQUEST_ATTRIBUTE);
            return DockerProxyServlet.this.onContinue(clientRequest, request);
        }
    }

    /** Every other 1xx is read and dropped, as a client may that does not know it (RFC 9110 section 15.2). */
    private static final class OtherInterim extends EarlyHintsProtocolHandler {
        @Override
        public boolean accept(Request request, Response response) {
            return HttpStatus.isInterim(response.getStatus());
        }
    }

    /** The target that was judged, or null if none was. */
    @Override
    protected @Nullable String rewriteTarget(HttpServletRequest request) {
        Exchange exchange = Exchange.of(request);
        return exchange.isAllowed() ? exchange.target().raw() : null;
    }

    @Override
    protected void onProxyRewriteFailed(HttpServletRequest request, HttpServletResponse response) {
        try {
            new ErrorReply(500, "nobody judged this request, so it is not forwarded").answer(request, response);
        } catch (IOException gone) {
            log("The client left before it was told that nobody judged its request", gone);
        }
    }

    @Override
    protected Request newProxyRequest(HttpServletRequest request, String target) {
        ClientSide clientSide = Exchange.of(request).clientSide();
        return new ForwardedRequest(getHttpClient(), daemon, target)
                .method(clientSide.request().getMethod())
                .transport(daemon.transport())
                .tag(daemon.pool(clientSide))
                .attribute(CLIENT_REQUEST_ATTRIBUTE, request);
    }

    @Override
    protected void copyRequestHeaders(HttpServletRequest request, Request proxyRequest) {
        Exchange exchange = Exchange.of(request);
        proxyRequest.headers(headers -> {
            HopByHopHeaders.copyOthers(exchange.clientSide().request().getHeaders(), headers.clear());
            if (!exchange.clientSide().hasBody()) {
                headers.remove(HttpHeader.EXPECT);
            }
            daemon.address(headers);
        });
        HijackUpgrade.prepare(exchange, proxyRequest, exchanges);
    }

    @Override
    protected void addProxyHeaders(HttpServletRequest request, Request proxyRequest) {
        // Neither Via nor X-Forwarded-*: the daemon sees the request as the client sent it.
    }

    /** Without a body the field has no meaning (RFC 9110 section 10.1.1), and no 100 would come. */
    @Override
    protected boolean expects100Continue(HttpServletRequest request) {
        return super.expects100Continue(request) && ClientSide.of(request).hasBody();
    }

    @Override
    protected Request.Content proxyRequestContent(
            HttpServletRequest request, HttpServletResponse response, Request proxyRequest) {
        return Exchange.of(request).readBody();
    }

    @Override
    protected void sendProxyRequest(HttpServletRequest request, HttpServletResponse response, Request proxyRequest) {
        Exchange exchange = Exchange.of(request);
        exchange.forward(proxyRequest);
        exchanges.begin(exchange);
        proxyRequest.send(new ResponseForwarder(daemon, exchange, (ForwardedRequest) proxyRequest, exchanges));
    }

    /** Where the parent class would answer with a page of the container, cut the exchange: its listener answers. */
    @Override
    protected void onClientRequestFailure(
            HttpServletRequest request, Request proxyRequest, HttpServletResponse response, Throwable failure) {
        Exchange.of(request).abort(failure);
    }
}
