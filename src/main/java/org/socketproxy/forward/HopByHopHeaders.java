package org.socketproxy.forward;

import java.util.EnumSet;
import java.util.Set;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;

/**
 * Copies end-to-end headers and omits hop-by-hop headers (RFC 9110 section 7.6.1).
 *
 * <p>Security: the list is fixed. A client cannot remove other headers with {@code Connection: X-Registry-Auth}.
 */
final class HopByHopHeaders {
    private static final Set<HttpHeader> HOP_BY_HOP = EnumSet.of(
            HttpHeader.CONNECTION,
            HttpHeader.KEEP_ALIVE,
            HttpHeader.PROXY_AUTHENTICATE,
            HttpHeader.PROXY_AUTHORIZATION,
            HttpHeader.PROXY_CONNECTION,
            HttpHeader.TE,
            HttpHeader.TRAILER,
            HttpHeader.TRANSFER_ENCODING,
            HttpHeader.UPGRADE,
            HttpHeader.HTTP2_SETTINGS);

    private static final Set<HttpHeader> SERVER_HEADERS = EnumSet.of(HttpHeader.SERVER, HttpHeader.DATE);

    private HopByHopHeaders() {}

    static void copyEndToEnd(HttpFields from, HttpFields.Mutable to) {
        for (HttpField field : from) {
            if (!isHopByHop(field)) {
                to.add(field);
            }
        }
    }

    /**
     * Copies the end-to-end headers of a response, and replaces Server and Date that another server (WAR) has added.
     */
    static void copyResponse(HttpFields from, HttpFields.Mutable to) {
        for (HttpField field : from) {
            copyResponse(field, to);
        }
    }

    static void copyResponse(HttpField field, HttpFields.Mutable to) {
        if (field.getHeader() != null && SERVER_HEADERS.contains(field.getHeader())) {
            to.put(field);
        } else if (!isHopByHop(field)) {
            to.add(field);
        }
    }

    static boolean isHopByHop(HttpField field) {
        return field.getHeader() != null && HOP_BY_HOP.contains(field.getHeader());
    }
}
