package org.socketproxy.forward;

import java.util.EnumSet;
import java.util.Set;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;

/**
 * Copies headers, all but those that belong to one connection (RFC 9110 section 7.6.1).
 *
 * <p>Security: the list is fixed. {@code Connection: X-Registry-Auth} from a client must not make other headers vanish.
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

    private static final Set<HttpHeader> OF_SERVERS = EnumSet.of(HttpHeader.SERVER, HttpHeader.DATE);

    private HopByHopHeaders() {}

    static void copyOthers(HttpFields from, HttpFields.Mutable to) {
        for (HttpField field : from) {
            if (!isOfOneConnection(field)) {
                to.add(field);
            }
        }
    }

    /** The same for an answer, on which a server that is not ours has written its own name and the date already. */
    static void copyAnswer(HttpFields from, HttpFields.Mutable to) {
        for (HttpField field : from) {
            if (OF_SERVERS.contains(field.getHeader())) {
                to.put(field);
            } else if (!isOfOneConnection(field)) {
                to.add(field);
            }
        }
    }

    private static boolean isOfOneConnection(HttpField field) {
        return field.getHeader() != null && HOP_BY_HOP.contains(field.getHeader());
    }
}
