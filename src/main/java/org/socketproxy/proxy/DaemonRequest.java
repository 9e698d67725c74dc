package org.socketproxy.proxy;

import java.net.URI;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.transport.HttpConversation;
import org.eclipse.jetty.client.transport.HttpRequest;
import org.jspecify.annotations.Nullable;
import org.socketproxy.api.Operation;

/**
 * A request to the daemon whose target is written as it is, byte for byte: {@link URI} would refuse a brace in a query,
 * and could only re-encode what was judged.
 */
final class DaemonRequest extends HttpRequest {
    /** Only a name for the pool; the transport says where the daemon is. */
    private static final URI ANY_DAEMON = URI.create("http://docker/");

    private final String target;
    private final OpenExchange exchange;

    DaemonRequest(HttpClient client, String target, Downstream downstream, Operation operation) {
        super(client, new HttpConversation(), ANY_DAEMON);
        this.target = target;
        this.exchange = new OpenExchange(downstream, this, operation);
    }

    OpenExchange exchange() {
        return exchange;
    }

    @Override
    public String getPath() {
        return target;
    }

    /** The target has the query in it. */
    @Override
    public @Nullable String getQuery() {
        return null;
    }
}
