package org.socketproxy.audit;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is written down of one exchange. It holds no header and no query, where credentials may be.
 *
 * @param client address without port, or {@code unix} for a client of a Unix socket
 * @param path as received, without the query
 * @param operation id of the operation, or null if none was found
 * @param reason code of the decision, or of the fault that came before or after it
 * @param status of the response, or 0 if none was sent
 */
public record AuditRecord(
        Instant begin,
        long id,
        String client,
        String method,
        String path,
        @Nullable String operation,
        boolean isAllowed,
        String reason,
        int status,
        Duration duration,
        boolean isTunnel) {

    private static final int LONGEST = 512;

    /** One line of text without a line end; what the client controls is escaped and cut. */
    public String toLine() {
        return begin + " #" + id + " " + client + " " + (isAllowed ? "allow" : "deny") + " " + reason + " "
                + escape(method)
                + " " + escape(path) + " " + (operation == null ? "-" : operation) + " " + status
                + (isTunnel ? " tunnel " : " ") + duration.toMillis() + "ms";
    }

    private static String escape(String text) {
        StringBuilder escaped = new StringBuilder(text.length());
        for (int i = 0; i < Math.min(text.length(), LONGEST); i++) {
            char c = text.charAt(i);
            if (c > ' ' && c <= '~' && c != '\\') {
                escaped.append(c);
            } else {
                escaped.append(String.format("\\u%04x", (int) c));
            }
        }
        return text.length() > LONGEST ? escaped.append("...").toString() : escaped.toString();
    }
}
