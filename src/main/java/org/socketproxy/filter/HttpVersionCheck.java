package org.socketproxy.filter;

import jakarta.servlet.http.HttpServletRequest;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.http.HttpVersion;

/**
 * Rejects HTTP/2 and newer, which the connectors of another server may accept if it deploys the WAR.
 *
 * <p>Security: a hijack would take over the connection with all its streams, and a body without {@code Content-Length}
 * would count as no body.
 */
final class HttpVersionCheck {
    static final String CODE = "http-version";
    static final int STATUS = 505;
    static final String SENTENCE =
            "the proxy supports only HTTP/1.1; use HTTP/1.1, or a listener without other protocols";

    private HttpVersionCheck() {}

    static boolean isSpoken(HttpServletRequest request) {
        HttpVersion version = ServletContextRequest.getServletContextRequest(request)
                .getConnectionMetaData()
                .getHttpVersion();
        return version.getVersion() > HttpVersion.HTTP_1_1.getVersion();
    }
}
