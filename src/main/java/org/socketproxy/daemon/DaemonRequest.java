package org.socketproxy.daemon;

import java.net.URI;
import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.HttpUpgrader;
import org.eclipse.jetty.client.transport.HttpConversation;
import org.eclipse.jetty.client.transport.HttpRequest;
import org.jspecify.annotations.Nullable;

/**
 * Request to the daemon with a byte-exact target. {@link URI} rejects a brace in a query, or would encode the target again.
 */
public final class DaemonRequest extends HttpRequest {
    private static final URI ANY_DAEMON = URI.create("http://docker/");

    private final Daemon daemon;
    private final String target;

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

    /** Copies a request without body and upgrade, for a retry in the same exchange. */
    public DaemonRequest copy() {
        return new DaemonRequest(this);
    }

    public boolean isUpgrade() {
        return getAttributes().containsKey(HttpUpgrader.Factory.class.getName());
    }

    /** Returns the connection pool of the request. */
    public Destination destination() {
        return getHttpClient().resolveDestination(this);
    }

    @Override
    public String getScheme() {
        return daemon.scheme();
    }

    /** Avoids {@link URI}, which rejects an underscore in a host name, as in names of Compose services. */
    @Override
    public String getHost() {
        return daemon.host();
    }

    @Override
    public int getPort() {
        return daemon.port();
    }

    /** Excludes the query, in which the daemon accepts malformed escapes, unlike Jetty. */
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

    /** The target need not be a valid URI. Jetty uses this constant only for cookies and credentials. */
    @Override
    public URI getURI() {
        return ANY_DAEMON;
    }
}
