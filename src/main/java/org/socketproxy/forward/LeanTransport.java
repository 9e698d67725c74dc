package org.socketproxy.forward;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpGenerator;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.util.BufferUtil;
import org.jspecify.annotations.Nullable;
import org.socketproxy.daemon.Daemon;
import org.socketproxy.daemon.DaemonClient;
import org.socketproxy.daemon.DaemonVersion;
import org.socketproxy.exchange.ActiveExchanges;
import org.socketproxy.exchange.ClientConnection;
import org.socketproxy.exchange.Exchange;
import org.socketproxy.exchange.ExchangeState;
import org.socketproxy.exchange.Trial;
import org.socketproxy.jetty.DaemonConnection;
import org.socketproxy.jetty.DaemonConnectionPool;

/**
 * Forwards the simple requests over pooled connections without the HTTP client of Jetty: GET and HEAD of an HTTP/1.1 client
 * without a body, whose response passes byte for byte, to a daemon without TLS (decision 0024).
 *
 * <p>Security: {@link #suits} alone chooses the requests; all others go through the client of Jetty.
 */
final class LeanTransport {
    private static final String PLAIN = "http";
    private static final byte[] LINE_END = " HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final HttpField DEFAULT_HOST = new HttpField(HttpHeader.HOST, "docker");
    /** For the name's colon, the space and the end of the line. */
    private static final int FIELD_OVERHEAD = 4;

    private static final int OVERHEAD = 64;

    final Daemon daemon;
    final DaemonVersion version;
    final ActiveExchanges exchanges;
    final ByteBufferPool buffers;
    private final DaemonClient client;

    /** @param client is started */
    LeanTransport(DaemonClient client, DaemonVersion version, ActiveExchanges exchanges) {
        this.client = client;
        this.daemon = client.daemon();
        this.version = version;
        this.exchanges = exchanges;
        this.buffers = client.http().getByteBufferPool();
    }

    /** Returns whether the exchange is allowed, and this transport can forward it. */
    private boolean suits(Exchange exchange) {
        if (!PLAIN.equals(daemon.scheme()) || !exchange.is(ExchangeState.ALLOWED)) {
            return false;
        }
        ClientConnection clientSide = exchange.clientSide();
        return clientSide.selector() != null // null in a WAR
                && !clientSide.isStream()
                && isSimple(exchange, clientSide.request().getMethod())
                && hasNoBody(clientSide.request().getHeaders())
                && isPrintable(exchange.trial().target().raw());
    }

    private static boolean isSimple(Exchange exchange, String method) {
        Trial trial = exchange.trial();
        return (HttpMethod.GET.is(method) || HttpMethod.HEAD.is(method))
                && trial.transform() == null
                && exchange.shadow() == null
                && trial.archive() == null
                && trial.headers().isEmpty()
                && trial.operation().upgrade() == null
                && !trial.operation().isGrpc()
                && !exchange.isEndless()
                && !trial.isBodyHeld();
    }

    private static boolean hasNoBody(HttpFields headers) {
        for (HttpField field : headers) {
            HttpHeader header = field.getHeader();
            if (header == HttpHeader.CONTENT_LENGTH && !"0".equals(field.getValue())
                    || header == HttpHeader.TRANSFER_ENCODING
                    || header == HttpHeader.EXPECT) {
                return false;
            }
        }
        return true;
    }

    /** The request line has no byte that would end it. */
    private static boolean isPrintable(String target) {
        for (int i = 0; i < target.length(); i++) {
            if (target.charAt(i) <= ' ' || target.charAt(i) > '~') {
                return false;
            }
        }
        return true;
    }

    /**
     * Forwards an exchange over an idle connection. Returns false if the client of Jetty must forward it, because it is not
     * simple, or no connection is idle.
     *
     * @param startAsync makes the request asynchronous
     * @param retry repeats the request on a new connection
     */
    boolean forward(Exchange exchange, Runnable startAsync, Runnable retry) {
        DaemonConnectionPool pool = suits(exchange) ? client.pool(daemon.pool(exchange.clientSide())) : null;
        if (pool == null) {
            return false;
        }
        RetainableByteBuffer head = head(exchange);
        DaemonConnection idle = pool.idle();
        if (idle == null) {
            head.release();
            return false;
        }
        startAsync.run();
        LeanExchange begun = new LeanExchange(this, exchange, retry);
        exchanges.begin(exchange); // before an abort could end it
        exchange.forward(begun::abort);
        begun.begin(idle, head);
        return true;
    }

    /** Returns the head of the request to the daemon, with the end-to-end headers. */
    private RetainableByteBuffer head(Exchange exchange) {
        HttpFields fields = exchange.clientSide().headers();
        String method = exchange.clientSide().request().getMethod();
        String target = exchange.trial().target().raw();
        HttpField host = host(fields);
        int size =
                OVERHEAD + method.length() + target.length() + host.getValue().length();
        for (HttpField field : fields) {
            String value = field.getValue();
            size += field.getName().length() + (value == null ? 0 : value.length()) + FIELD_OVERHEAD;
        }
        RetainableByteBuffer head = buffers.acquire(size, true);
        ByteBuffer bytes = head.getByteBuffer();
        BufferUtil.clearToFill(bytes);
        put(method, bytes);
        bytes.put((byte) ' ');
        put(target, bytes);
        bytes.put(LINE_END);
        HttpGenerator.putTo(host, bytes);
        for (HttpField field : fields) {
            if (!HopByHopHeaders.isHopByHop(field) && !isReplaced(field.getHeader())) {
                HttpGenerator.putTo(field, bytes);
            }
        }
        BufferUtil.putCRLF(bytes);
        BufferUtil.flipToFlush(bytes, 0);
        return head;
    }

    private HttpField host(HttpFields fields) {
        HttpField ofDaemon = daemon.hostField();
        HttpField ofClient = fields.getField(HttpHeader.HOST);
        if (ofDaemon != null) {
            return ofDaemon;
        }
        return ofClient == null ? DEFAULT_HOST : ofClient; // a client of HTTP/1.0 need not send it
    }

    /** Host is written first, and a length of 0 is not written, as by the client of Jetty. */
    private static boolean isReplaced(@Nullable HttpHeader header) {
        return header == HttpHeader.HOST || header == HttpHeader.CONTENT_LENGTH;
    }

    private static void put(String text, ByteBuffer bytes) {
        bytes.put(text.getBytes(StandardCharsets.US_ASCII));
    }
}
