package org.socketproxy.daemon;

import java.net.URI;
import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.HttpUpgrader;
import org.eclipse.jetty.client.transport.HttpConversation;
import org.eclipse.jetty.client.transport.HttpRequest;
import org.jspecify.annotations.Nullable;

/**
 * Request to the daemon that writes a request target byte for byte. {@link URI} rejects a brace in a query, or
 * would encode the target again.
 */
public final class DaemonRequest extends HttpRequest {
    private static final URI ANY_DAEMON = URI.create("http://docker/");

    private final Daemon daemon;
    private final String target;

    /** Creates a request over the transport of the daemon. */
    public DaemonRequest(HttpClient client, Daemon daemon, String target) {
        super(client, new HttpConversation(), ANY_DAEMON);
        this.daemon = daemon;
        this.target = target;
        transport(daemon.transport());
    }

    private DaemonRequest(DaemonRequest first) {
        super(first.getHttpClient(), new HttpConversation(), ANY_DAEMON);
        this.daemon = first.daemon;
        this.target = first.target;
        method(first.getMethod());
        transport(first.getTransport());
        tag(first.getTag());
        headers(headers -> headers.clear().add(first.getHeaders()));
    }

    /** Copies a request without a body and without an upgrade, for a retry in the same exchange. */
    public DaemonRequest copy() {
        return new DaemonRequest(this);
    }

    /** Returns whether the request asks the daemon for an upgrade. */
    public boolean isUpgrade() {
        return getAttributes().containsKey(HttpUpgrader.Factory.class.getName());
    }

    /** Returns the connection pool that serves this request. */
    public Destination destination() {
        return getHttpClient().resolveDestination(this);
    }

    @Override
    public String getScheme() {
        return daemon.scheme();
    }

    /** Avoids {@link URI}, which rejects a host name with an underscore. Compose services have such names. */
    @Override
    public String getHost() {
        return daemon.host();
    }

    @Override
    public int getPort() {
        return daemon.port();
    }

    /**
     * Returns the path without the query. The daemon accepts malformed escapes in a query, and Jetty would reject them here.
     */
    @Override
    public String getPath() {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    /** Jetty appends the query to the path after a question mark. */
    @Override
    public @Nullable String getQuery() {
        int query = target.indexOf('?');
        return query < 0 ? null : target.substring(query + 1);
    }

    /**
     * Returns a constant, because the target need not be a valid URI. Jetty uses it only for cookies and credentials.
     */
    @Override
    public URI getURI() {
        return ANY_DAEMON;
    }
}
