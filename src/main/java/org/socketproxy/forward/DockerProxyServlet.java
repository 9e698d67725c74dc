package org.socketproxy.forward;

import jakarta.servlet.ServletConfig;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.eclipse.jetty.client.ContinueProtocolHandler;
import org.eclipse.jetty.client.EarlyHintsProtocolHandler;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.HttpUpgrader;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.UpgradeProtocolHandler;
import org.eclipse.jetty.ee10.proxy.ProxyServlet;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.socketproxy.daemon.Daemon;
import org.socketproxy.daemon.DaemonClient;
import org.socketproxy.daemon.DaemonRequest;
import org.socketproxy.daemon.DaemonVersion;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.exchange.ErrorReply;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.ExchangeState;
import org.socketproxy.exchange.HeldMemory;
import org.socketproxy.exchange.Trial;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.ResponseTransform;
import org.socketproxy.tunnel.GrpcClient;
import org.socketproxy.tunnel.HijackUpgrade;

/**
 * Forwards allowed requests to the daemon. It makes no decision.
 *
 * <p>It overrides the steps of {@link ProxyServlet}: the request target is forwarded byte for byte, all headers except
 * the hop-by-hop headers are copied, and bodies are streamed without a copy. It adds no header but a trace, decodes no content
 * and follows no redirect.
 *
 * <p>Security: a request without a decision of the filters is not forwarded.
 */
public final class DockerProxyServlet extends ProxyServlet {
    private static final long serialVersionUID = 1;
    private static final Logger LOG = LoggerFactory.getLogger(DockerProxyServlet.class);
    private final transient DaemonClient client;
    private final transient Daemon daemon;
    private final transient ActiveExchanges exchanges;
    private final transient HeldMemory transformMemory;
    private final transient DaemonVersion version;
    private final transient GrpcClient grpc;

    private transient @Nullable LeanTransport lean;

    /**
     * Creates a servlet for one daemon.
     *
     * @param client is started and stopped by the servlet
     * @param version learns from responses
     * @param transformMemory limits the memory for responses that are transformed
     */
    public DockerProxyServlet(
            DaemonClient client, ActiveExchanges exchanges, DaemonVersion version, HeldMemory transformMemory) {
        this.client = client;
        this.daemon = client.daemon();
        this.exchanges = exchanges;
        this.version = version;
        this.transformMemory = transformMemory;
        this.grpc = new GrpcClient(client, transformMemory);
    }

    @Override
    public void init(ServletConfig config) throws ServletException {
        super.init(config);
        setTimeout(0); // no total timeout: docker wait can take days
        exchanges.sweepBy(client.http().getScheduler());
        lean = new LeanTransport(client, version, exchanges);
    }

    /** Chooses the transport: the lean one if the exchange suits it and a connection is idle, else the client of Jetty. */
    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        Exchange exchange = Exchange.of(request);
        LeanTransport transport = lean;
        if (transport == null
                || !transport.forward(
                        exchange, () -> request.startAsync().setTimeout(0), () -> retry(request, exchange))) {
            super.service(request, response);
        }
    }

    private void retry(HttpServletRequest request, Exchange exchange) {
        DaemonRequest repeated = (DaemonRequest)
                newProxyRequest(request, exchange.trial().target().raw());
        copyRequestHeaders(request, repeated);
        ResponseForwarder response = new ResponseForwarder(daemon, version, exchange, repeated, exchanges, null);
        new StaleConnectionRetry(exchange, repeated, response).begin();
    }

    @Override
    protected HttpClient newHttpClient() {
        return client.http();
    }

    @Override
    protected HttpClient createHttpClient() throws ServletException {
        // The parent class sets limits, starts the client and switches off redirects, cookies and content decoding.
        HttpClient started = super.createHttpClient();
        started.setIdleTimeout(0);
        started.setMaxConnectionsPerDestination(DaemonClient.MAX_CONNECTIONS);
        started.getProtocolHandlers().put(new AnyUpgrade());
        started.getProtocolHandlers().put(new Continue());
        started.getProtocolHandlers().put(new OtherInterim());
        return started;
    }

    /**
     * Accepts an upgrade to any protocol. The parent class accepts only websocket and h2c; the daemon also uses
     * {@code tcp}. An unrequested 101 goes to {@link ResponseForwarder}, because here its connection would never be
     * closed.
     */
    private static final class AnyUpgrade extends UpgradeProtocolHandler {
        @Override
        protected boolean acceptHeaders(Request request, Response response) {
            return request.getAttributes().containsKey(HttpUpgrader.Factory.class.getName());
        }
    }

    /**
     * Handles only the first 100 Continue. The parent class also handles the final response to a request with
     * {@code Expect}, and buffers up to 2 MiB of it until its end. {@link ResponseForwarder} streams it instead.
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

    /** Discards all other 1xx responses, as RFC 9110 section 15.2 allows. */
    private static final class OtherInterim extends EarlyHintsProtocolHandler {
        @Override
        public boolean accept(Request request, Response response) {
            return HttpStatus.isInterim(response.getStatus());
        }
    }

    /** Returns the judged request target, or null if the filters have not allowed the request. */
    @Override
    protected @Nullable String rewriteTarget(HttpServletRequest request) {
        Exchange exchange = Exchange.of(request);
        return exchange.is(ExchangeState.ALLOWED) ? exchange.trial().target().raw() : null;
    }

    @Override
    protected void onProxyRewriteFailed(HttpServletRequest request, HttpServletResponse response) {
        Exchange exchange = Exchange.of(request);
        if (exchange.isAbandoned()) {
            request.startAsync().setTimeout(0);
            exchange.deny(Reason.CONTAINER_INCOMPLETE);
            exchange.clientSide().endAborted();
            return;
        }
        new ErrorReply(500, "no filter has judged this request, so it is not forwarded").answer(request);
    }

    @Override
    protected Request newProxyRequest(HttpServletRequest request, String target) {
        Exchange exchange = Exchange.of(request);
        ClientConnection clientSide = exchange.clientSide();
        Request created = exchange.trial().operation().isGrpc()
                ? grpc.newRequest(exchange, target)
                : new DaemonRequest(client.http(), daemon, target).tag(daemon.pool(clientSide));
        return created.method(clientSide.request().getMethod()).attribute(CLIENT_REQUEST_ATTRIBUTE, request);
    }

    @Override
    protected void copyRequestHeaders(HttpServletRequest request, Request proxyRequest) {
        Exchange exchange = Exchange.of(request);
        Trial trial = exchange.trial();
        proxyRequest.headers(headers -> {
            HopByHopHeaders.copyEndToEnd(exchange.clientSide().headers(), headers.clear());
            if (!trial.isBodyStreamed()) {
                headers.remove(HttpHeader.EXPECT);
            }
            if (trial.isBodyHeld()) {
                headers.put(HttpHeader.CONTENT_LENGTH, trial.heldBody().remaining());
                if (!exchange.clientSide().hasBody()) { // the proxy has added a body, which sets labels
                    headers.put(HttpHeader.CONTENT_TYPE, "application/json");
                }
            }
            if (trial.archive() != null) { // it is written again without compression, in another length
                headers.remove(HttpHeader.CONTENT_LENGTH).remove(HttpHeader.CONTENT_ENCODING);
            }
            trial.headers().forEach((name, value) -> {
                headers.remove(name);
                if (!value.isEmpty()) {
                    headers.put(name, value);
                }
            });
            if (trial.transform() != null) {
                TransformedHead.prepare(headers);
            }
            if (trial.operation().isGrpc()) {
                headers.remove(HttpHeader.HOST).put(HttpHeader.TE, "trailers");
            } else {
                daemon.address(headers);
            }
        });
        if (trial.operation().upgrade() != null) {
            HijackUpgrade.prepare(exchange, proxyRequest, exchanges, grpc);
        }
    }

    @Override
    protected void addProxyHeaders(HttpServletRequest request, Request proxyRequest) {
        // Adds neither Via nor X-Forwarded-*.
    }

    /**
     * Ignores Expect without a body (RFC 9110 section 10.1.1), because the daemon then sends no 100 Continue, and with a
     * held body, for which the proxy has sent it.
     */
    @Override
    protected boolean expects100Continue(HttpServletRequest request) {
        return super.expects100Continue(request) && Exchange.of(request).trial().isBodyStreamed();
    }

    /** A held body is forwarded, also one that the proxy has added to a request without a body. */
    @Override
    protected boolean hasContent(HttpServletRequest request) {
        return super.hasContent(request)
                || Exchange.of(request).trial().heldBody().hasRemaining();
    }

    @Override
    protected Request.Content proxyRequestContent(
            HttpServletRequest request, HttpServletResponse response, Request proxyRequest) {
        return Exchange.of(request).readBody();
    }

    @Override
    protected void sendProxyRequest(HttpServletRequest request, HttpServletResponse response, Request proxyRequest) {
        Exchange exchange = Exchange.of(request);
        exchange.forward(cause -> {
            var unused = proxyRequest.abort(cause);
        });
        exchanges.begin(exchange);
        ResponseTransform transform = exchange.trial().transform();
        TransformedBody body = transform == null
                ? null
                : TransformedBody.begin(
                        transform,
                        transformMemory.share(
                                exchange.client(), exchange.trial().profile()),
                        exchange.clientSide(),
                        () -> noteReduced(exchange));
        proxyRequest.send(
                new ResponseForwarder(daemon, version, exchange, (DaemonRequest) proxyRequest, exchanges, body));
    }

    private static void noteReduced(Exchange exchange) {
        exchange.withhold(Reason.RESPONSE_REDUCED);
        LOG.warn(
                "Exchange {} ({}): an object or event is too large to be changed; the client gets its id and name, or nothing of it",
                exchange.id(),
                exchange.trial().operation().id());
    }

    /** Aborts the exchange, so that its response listener answers. The parent class would send an error page. */
    @Override
    protected void onClientRequestFailure(
            HttpServletRequest request, Request proxyRequest, HttpServletResponse response, Throwable failure) {
        Exchange.of(request).abort(failure);
    }
}
