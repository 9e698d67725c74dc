package org.socketproxy.usage;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.BeginRecord;
import org.socketproxy.client.PrintableText;

/**
 * Exchange that has ended recently.
 *
 * <p>Security: has no header, no query and no body, because they may contain credentials.
 *
 * @param method escaped and truncated, because the client may send any text
 * @param path as the method, without the query
 * @param operation null if the catalogue does not have it
 * @param status 0 without a response
 */
public record RecentExchange(
        Instant time,
        long id,
        String client,
        String method,
        String path,
        @Nullable String operation,
        Result result,
        String reason,
        int status,
        Duration duration) {
    private static final int LONGEST = 200;

    static RecentExchange of(BeginRecord begun, int status, Duration duration) {
        return new RecentExchange(
                begun.begin(),
                begun.id(),
                begun.client().name(),
                PrintableText.escape(begun.method(), LONGEST),
                PrintableText.escape(begun.path(), LONGEST),
                begun.operation(),
                Result.of(begun.outcome(), status),
                begun.reason(),
                status,
                duration);
    }
}
