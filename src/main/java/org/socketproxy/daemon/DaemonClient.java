package org.socketproxy.daemon;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.jspecify.annotations.Nullable;
import org.socketproxy.config.DaemonAddress;
import org.socketproxy.jetty.DaemonConnection;
import org.socketproxy.jetty.DaemonConnectionPool;
import org.socketproxy.jetty.SelectorCount;
import org.socketproxy.tls.DaemonCredentials;

/** HTTP client of all connections to the daemon, for forwarded requests and for queries. The servlet starts and stops it. */
public final class DaemonClient {
    public static final int MAX_CONNECTIONS = 8192;
    /** Below the limit of the listeners, 64 KiB, so that a received response can be sent to the client. */
    public static final int MAX_RESPONSE_HEADERS_BYTES = 63 * 1024;

    /** For connections in the pool; streams and tunnels have no idle timeout. */
    private static final Duration IDLE_LIMIT = Duration.ofSeconds(90);
    /** Above the largest MAX_HEADER_SIZE, so that an accepted request can be forwarded. */
    private static final int MAX_REQUEST_HEADERS_BYTES = (256 + 8) * 1024;

    private static final int REQUEST_BUFFER_BYTES = 16 * 1024;
    private static final int RESPONSE_BUFFER_BYTES = 64 * 1024;

    private final Daemon daemon;
    private final InvocationType invocation;
    private final HttpClient http;
    /** By the tag of the request, see {@link Daemon#pool}; without a tag by the daemon. */
    private final Map<Object, DaemonConnectionPool> pools = new ConcurrentHashMap<>();

    private volatile Runnable onConnection = () -> {};

    /** Returns the daemon at an address, which need not be reachable; credentials are null without TLS. */
    public static Daemon daemonAt(DaemonAddress address, @Nullable DaemonCredentials credentials) {
        if (address instanceof DaemonAddress.Unix unix) {
            return new UnixDaemon(unix.socket());
        }
        DaemonAddress.Tcp tcp = (DaemonAddress.Tcp) address;
        return new TcpDaemon(
                tcp.host(), tcp.port(), credentials == null ? null : new DaemonTls(credentials.toContext()));
    }

    /** @param invocation whether a filter or listener of the context can block */
    public DaemonClient(Daemon daemon, InvocationType invocation) {
        this.daemon = daemon;
        this.invocation = invocation;
        this.http = new HttpClient(transport());
        http.setConnectTimeout(Daemon.CONNECT_TIMEOUT_MILLIS);
        http.setAddressResolutionTimeout(Daemon.CONNECT_TIMEOUT_MILLIS);
        http.setMaxRequestsQueuedPerDestination(MAX_CONNECTIONS);
        http.setMaxRequestHeadersSize(MAX_REQUEST_HEADERS_BYTES);
        http.setMaxResponseHeadersSize(MAX_RESPONSE_HEADERS_BYTES);
        http.setRequestBufferSize(REQUEST_BUFFER_BYTES);
        http.setResponseBufferSize(RESPONSE_BUFFER_BYTES);
        http.setUserAgentField(null);
        http.setDefaultRequestContentType(null);
    }

    private HttpClientTransportOverHTTP transport() {
        ClientConnector connector = new ClientConnector();
        connector.setSelectors(SelectorCount.OF_THIS_MACHINE);
        connector.setSslContextFactory(daemon.tls());
        HttpClientTransportOverHTTP transport = new HttpClientTransportOverHTTP(connector) {
            @Override
            public Connection newConnection(EndPoint endPoint, Map<String, Object> context) {
                onConnection.run();
                return new DaemonConnection(endPoint, context);
            }
        };
        transport.setHeaderCacheSize(0); // the cache takes 98 KB of heap for each connection
        transport.setInvocationType(invocation);
        transport.setConnectionPoolFactory(destination -> {
            DaemonConnectionPool pool = new DaemonConnectionPool(destination, MAX_CONNECTIONS, IDLE_LIMIT);
            Object tag = destination.getOrigin().getTag();
            pools.put(tag == null ? daemon : tag, pool);
            return pool;
        });
        return transport;
    }

    public Daemon daemon() {
        return daemon;
    }

    public InvocationType invocation() {
        return invocation;
    }

    public HttpClient http() {
        return http;
    }

    /** Returns the connections of a tag, or null before the first one. */
    public @Nullable DaemonConnectionPool pool(@Nullable Object tag) {
        return pools.get(tag == null ? daemon : tag);
    }

    /** Sets an action for each new connection. */
    public void whenConnected(Runnable action) {
        onConnection = action;
    }
}
