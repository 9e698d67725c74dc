package org.socketproxy.forward;

import java.net.URI;
import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.HttpUpgrader;
import org.eclipse.jetty.client.transport.HttpConversation;
import org.eclipse.jetty.client.transport.HttpRequest;
import org.jspecify.annotations.Nullable;
import org.socketproxy.daemon.Daemon;

/**
 * A request to the daemon whose target is written as it is, byte for byte: {@link URI} would refuse a brace in a query,
 * and could only re-encode what was judged.
 */
final class ForwardedRequest extends HttpRequest {
    private static final URI ANY_DAEMON = URI.create("http://docker/");

    private final Daemon daemon;
    private final String target;

    ForwardedRequest(HttpClient client, Daemon daemon, String target) {
        super(client, new HttpConversation(), ANY_DAEMON);
        this.daemon = daemon;
        this.target = target;
    }

    private ForwardedRequest(ForwardedRequest first) {
        super(first.getHttpClient(), new HttpConversation(), ANY_DAEMON);
        this.daemon = first.daemon;
        this.target = first.target;
        method(first.getMethod());
        transport(first.getTransport());
        tag(first.getTag());
        headers(headers -> headers.clear().add(first.getHeaders()));
    }

    /** The same request of the same exchange, which has no body and asks for no upgrade, to be sent once more. */
    ForwardedRequest again() {
        return new ForwardedRequest(this);
    }

    /** Whether the daemon is asked to speak something else afterwards. */
    boolean isUpgrade() {
        return getAttributes().containsKey(HttpUpgrader.Factory.class.getName());
    }

    Destination destination() {
        return getHttpClient().resolveDestination(this);
    }

    @Override
    public String getScheme() {
        return daemon.scheme();
    }

    /** Not by way of a {@link URI}, which takes no name with an underscore, as services of compose files have them. */
    @Override
    public String getHost() {
        return daemon.host();
    }

    @Override
    public int getPort() {
        return daemon.port();
    }

    /** Without the query: the sender would refuse a broken escape in it, which a daemon does not. */
    @Override
    public String getPath() {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    /** What the sender puts behind the path and a question mark. */
    @Override
    public @Nullable String getQuery() {
        int query = target.indexOf('?');
        return query < 0 ? null : target.substring(query + 1);
    }

    /** Not that of the target, which may be none: only who looks for cookies and credentials asks, and we keep none. */
    @Override
    public URI getURI() {
        return ANY_DAEMON;
    }
}
