package org.socketproxy.filter;

import jakarta.servlet.http.HttpServletRequest;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.http.HttpVersion;

/**
 * Finds requests of HTTP/2 and newer, which the connectors of a foreign server may take in front of the WAR.
 *
 * <p>Security: a hijack would take over the connection with all of its streams, and a body without a length in its head
 * would pass for none. So none of them is forwarded.
 */
final class HttpVersionCheck {
    static final String CODE = "http-version";
    static final int STATUS = 505;
    static final String SENTENCE =
            "only HTTP/1.1 is served; use it, or a listener of the server that has no other protocol";

    private HttpVersionCheck() {}

    static boolean isSpoken(HttpServletRequest request) {
        HttpVersion version = ServletContextRequest.getServletContextRequest(request)
                .getConnectionMetaData()
                .getHttpVersion();
        return version.getVersion() > HttpVersion.HTTP_1_1.getVersion();
    }
}
