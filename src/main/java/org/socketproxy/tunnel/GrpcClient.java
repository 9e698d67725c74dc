package org.socketproxy.tunnel;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.HttpUpgrader;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2;
import org.eclipse.jetty.io.ClientConnectionFactory;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.component.LifeCycle;
import org.jspecify.annotations.Nullable;
import org.socketproxy.daemon.Daemon.NoBuildKitException;
import org.socketproxy.daemon.DaemonClient;
import org.socketproxy.daemon.DaemonRequest;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.HeldMemory;

/**
 * HTTP/2 client for the gRPC calls of BuildKit. Each connection of a client has one connection to the daemon, which
 * begins with {@code POST /grpc} and ends with that of the client.
 *
 * <p>Threading: thread-safe. It starts at the first call.
 */
public final class GrpcClient {
    private static final String UPGRADE_PATH = "/grpc";
    private static final String PROTOCOL = "h2c";
    private static final int MAX_QUEUED = 1024;
    /** Bytes that a field needs beyond its name and value, at most. */
    private static final int FIELD_OVERHEAD_BYTES = 32;
    /** For the method, the scheme, the authority and the path, or for the status. */
    private static final int PSEUDO_FIELD_BYTES = 512;
    /** Usual limit of a request head, and size of the buffer that Jetty takes for each; larger ones raise it. */
    private static final int MAX_REQUEST_HEAD_BYTES = 16 * 1024;
    /** The trailers of a failed build contain its Dockerfile. A longer head ends the connection, with all calls of the client. */
    private static final int MAX_RESPONSE_HEAD_BYTES = 2 * 1024 * 1024;
    /** Bytes that the daemon sends before the client has read them, of all calls and of one. */
    private static final int CONNECTION_WINDOW = 512 * 1024;

    private static final int STREAM_WINDOW = 256 * 1024;

    private final DaemonClient http1;
    private final HeldMemory memory;
    private final Transport transport = new Upgraded();
    /** By the connection of the client. */
    private final Map<EndPoint, Link> links = new ConcurrentHashMap<>();

    private @Nullable HttpClient client;

    /**
     * Creates a client, which is not started.
     *
     * @param http1 opens the connections
     * @param memory for the bytes of responses that the clients have not read
     */
    public GrpcClient(DaemonClient http1, HeldMemory memory) {
        this.http1 = http1;
        this.memory = memory;
    }

    /** Returns the bytes that a head or trailers with these fields need, at most, without a path. */
    public static int sizeOf(HttpFields fields) {
        int bytes = PSEUDO_FIELD_BYTES;
        for (HttpField field : fields) {
            bytes += field.getName().length() + String.valueOf(field.getValue()).length() + FIELD_OVERHEAD_BYTES;
        }
        return bytes;
    }

    /** Creates the request of a call, on the connection to the daemon that belongs to that of the client. */
    public DaemonRequest newRequest(Exchange exchange, String target) {
        return requestOf(linkOf(exchange), target);
    }

    private DaemonRequest requestOf(Link link, String target) {
        DaemonRequest request = new DaemonRequest(client(), http1.daemon(), target);
        request.transport(transport).tag(link);
        return request;
    }

    /** Begins HTTP/2 on a connection that the daemon has upgraded for a client. */
    void begin(Exchange exchange, EndPoint daemonEnd) {
        Link link = linkOf(exchange);
        if (link.add(daemonEnd)) {
            link.upgraded.set(daemonEnd);
            var unused = requestOf(link, UPGRADE_PATH)
                    .destination()
                    .getConnectionPool()
                    .preCreateConnections(1)
                    .whenComplete((any, failure) -> {
                        if (failure != null) {
                            daemonEnd.close(failure);
                        }
                    });
        }
    }

    private Link linkOf(Exchange exchange) {
        ClientConnection clientSide = exchange.clientSide();
        EndPoint clientEnd = clientSide.endPoint();
        Link known = links.get(clientEnd);
        if (known != null) {
            return known;
        }
        Link created = new Link(newUnread(exchange));
        Link earlier = links.putIfAbsent(clientEnd, created);
        if (earlier != null) {
            return earlier;
        }
        clientSide.whenClosed(() -> {
            links.remove(clientEnd);
            created.close();
            remove(requestOf(created, UPGRADE_PATH).destination());
        });
        return created;
    }

    /** Counts the bytes that wait in the proxy for one connection of a client; beyond the limit it loses the connection. */
    UnreadResponses newUnread(Exchange exchange) {
        ClientConnection clientSide = exchange.clientSide();
        HeldMemory.Share share =
                memory.share(exchange.client(), exchange.trial().profile());
        EndPoint clientEnd = clientSide.endPoint(); // the request is recycled when the connection is upgraded
        Executor executor = clientSide.executor();
        return new UnreadResponses(share, () -> executor.execute(clientEnd::close));
    }

    private void remove(Destination destination) {
        client().removeDestination(destination);
        LifeCycle.stop(destination);
    }

    /** Connections to the daemon that belong to one connection of a client, also those on which HTTP/2 has not begun. */
    private static final class Link {
        /** Connection after its upgrade by the client, until HTTP/2 begins on it. */
        final AtomicReference<@Nullable EndPoint> upgraded = new AtomicReference<>();

        private final UnreadResponses unread;
        private final Set<EndPoint> daemonEnds = new HashSet<>();
        private boolean isClosed;

        Link(UnreadResponses unread) {
            this.unread = unread;
        }

        /** Adds a connection, or closes it and returns false after the end of the client's. */
        boolean add(EndPoint daemonEnd) {
            boolean isOpen = addIfOpen(daemonEnd);
            if (!isOpen) {
                daemonEnd.close();
            }
            return isOpen;
        }

        private synchronized boolean addIfOpen(EndPoint daemonEnd) {
            daemonEnds.removeIf(each -> !each.isOpen());
            if (!isClosed) {
                daemonEnds.add(daemonEnd);
            }
            return !isClosed;
        }

        synchronized boolean isClosed() {
            return isClosed;
        }

        void close() {
            Set<EndPoint> open;
            synchronized (this) {
                isClosed = true;
                open = Set.copyOf(daemonEnds);
                daemonEnds.clear();
            }
            open.forEach(EndPoint::close);
            unread.close();
        }
    }

    private synchronized HttpClient client() {
        HttpClient started = client;
        if (started == null) {
            started = newClient(http1.http());
            client = started;
        }
        return started;
    }

    private HttpClient newClient(HttpClient main) {
        HTTP2Client http2 = new HTTP2Client(new ClientConnector());
        http2.setSelectors(1);
        http2.setFlowControlStrategyFactory(UnreadResponses.Flow::new);
        http2.setMaxResponseHeadersSize(MAX_RESPONSE_HEAD_BYTES);
        http2.setInitialSessionRecvWindow(CONNECTION_WINDOW);
        http2.setInitialStreamRecvWindow(STREAM_WINDOW);
        HttpClientTransportOverHTTP2 overHttp2 = new DrainingTransport(http2);
        overHttp2.setInvocationType(http1.invocation());
        HttpClient created = new HttpClient(overHttp2);
        created.setExecutor(main.getExecutor());
        created.setScheduler(main.getScheduler());
        created.setByteBufferPool(main.getByteBufferPool());
        created.setIdleTimeout(0);
        created.setMaxConnectionsPerDestination(1);
        created.setMaxRequestsQueuedPerDestination(MAX_QUEUED);
        created.setMaxRequestHeadersSize(MAX_REQUEST_HEAD_BYTES);
        created.setMaxResponseHeadersSize(MAX_RESPONSE_HEAD_BYTES);
        created.setUserAgentField(null);
        created.setDefaultRequestContentType(null);
        created.setFollowRedirects(false);
        main.addManaged(created);
        created.getContentDecoderFactories().clear();
        created.getProtocolHandlers().clear();
        return created;
    }

    /** Opens a connection by {@code POST /grpc}, unless the client has sent this request itself. */
    private final class Upgraded implements Transport {
        @Override
        public void connect(SocketAddress address, Map<String, Object> context) {
            Destination destination = (Destination) Objects.requireNonNull(context.get(Destination.CONTEXT_KEY));
            Link link = (Link) destination.getOrigin().getTag();
            if (link.isClosed()) {
                fail(context, disconnected());
                remove(destination);
                return;
            }
            ClientConnectionFactory http2 =
                    (ClientConnectionFactory) Objects.requireNonNull(context.get(ClientConnectionFactory.CONTEXT_KEY));
            ClientConnectionFactory linked = (daemonEnd, any) -> {
                if (!link.add(daemonEnd)) {
                    throw disconnected();
                }
                Connection connection = http2.newConnection(daemonEnd, any);
                link.unread.count((HTTP2Connection) Objects.requireNonNull(any.get(HTTP2Connection.class.getName())));
                return connection;
            };
            context.put(ClientConnectionFactory.CONTEXT_KEY, linked);
            EndPoint upgraded = link.upgraded.getAndSet(null);
            if (upgraded != null) {
                open(upgraded, context);
                return;
            }
            DaemonRequest request = new DaemonRequest(http1.http(), http1.daemon(), UPGRADE_PATH);
            HttpUpgrader.Factory opener = version -> new Opener(context);
            request.method(HttpMethod.POST)
                    .headers(headers -> headers.put(HttpHeader.CONNECTION, HttpHeaderValue.UPGRADE.asString())
                            .put(HttpHeader.UPGRADE, PROTOCOL))
                    .attribute(HttpUpgrader.Factory.class.getName(), opener)
                    .send(result -> {
                        int status = result.getResponse().getStatus();
                        if (result.isFailed()) {
                            fail(context, result.getFailure());
                        } else if (status != HttpStatus.SWITCHING_PROTOCOLS_101) {
                            openWithoutUpgrade(context, status);
                        }
                    });
        }

        /** Later versions of dockerd (API 1.53) expect HTTP/2 on the socket itself, and deprecate the upgrade. */
        private void openWithoutUpgrade(Map<String, Object> context, int status) {
            Transport transportOfDaemon = http1.daemon().transport();
            SocketAddress socket = transportOfDaemon.getSocketAddress();
            if (status == HttpStatus.NOT_FOUND_404 && socket != null) {
                context.put(Transport.CONTEXT_KEY, transportOfDaemon);
                transportOfDaemon.connect(socket, context);
            } else {
                fail(context, new NoBuildKitException(status));
            }
        }

        /** TLS, if the daemon has it, is below the connection that is upgraded. */
        @Override
        public boolean isIntrinsicallySecure() {
            return true;
        }

        private void open(EndPoint daemonEnd, Map<String, Object> context) {
            try {
                daemonEnd.setIdleTimeout(0);
                daemonEnd.upgrade(newConnection(daemonEnd, context));
            } catch (IOException | RuntimeException failed) {
                daemonEnd.close(failed);
                fail(context, failed);
            }
        }

        private static EofException disconnected() {
            return new EofException("The client has disconnected");
        }

        private void fail(Map<String, Object> context, Throwable failure) {
            ((Promise<?>) Objects.requireNonNull(context.get(HTTP2Client.SESSION_PROMISE_CONTEXT_KEY))).failed(failure);
        }

        private final class Opener implements HttpUpgrader {
            private final Map<String, Object> context;

            Opener(Map<String, Object> context) {
                this.context = context;
            }

            @Override
            public void prepare(Request request) {
                // The headers are set.
            }

            @Override
            public void upgrade(Response response, EndPoint daemonEnd, Callback callback) {
                open(daemonEnd, context);
                callback.succeeded();
            }
        }
    }
}
