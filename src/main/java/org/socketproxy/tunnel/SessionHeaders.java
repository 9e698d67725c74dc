package org.socketproxy.tunnel;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;
import org.socketproxy.exchange.Exchange;

/**
 * Headers with which a client opens a session: a closed list.
 *
 * <p>Security: the daemon keeps the files of earlier builds by the shared key, and does not ask for a file of equal name, size and time.
 * Each client gets its own keys, also for an equal or missing key of the clients.
 */
final class SessionHeaders {
    private static final String PREFIX = "X-Docker-Expose-Session-";
    private static final List<String> KEPT = List.of(
            PREFIX + "Uuid", PREFIX + "Grpc-Method", HttpHeader.USER_AGENT.asString(), HttpHeader.HOST.asString());
    private static final List<String> OF_CLIENT = List.of(PREFIX + "Name", PREFIX + "Sharedkey");

    private SessionHeaders() {}

    static void close(HttpFields.Mutable headers, Exchange exchange) {
        HttpFields sent = headers.asImmutable();
        headers.clear();
        KEPT.forEach(name -> sent.getFields(name).forEach(headers::add));
        OF_CLIENT.forEach(name -> headers.put(name, namespaced(exchange, sent.get(name))));
    }

    private static String namespaced(Exchange exchange, @Nullable String key) {
        String all = exchange.trial().profile().name() + "\0"
                + exchange.client().identity() + "\0" + (key == null ? "" : key);
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(all.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
