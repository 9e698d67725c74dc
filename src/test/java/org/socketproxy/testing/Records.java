package org.socketproxy.testing;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.BeginRecord;
import org.socketproxy.audit.Outcome;
import org.socketproxy.client.Client;
import org.socketproxy.policy.Decision;
import org.socketproxy.usage.Denial;

/** Records of exchanges without a denied field. */
public final class Records {
    private Records() {}

    public static BeginRecord begun(
            Instant begin,
            long id,
            Client client,
            String method,
            String path,
            @Nullable String operation,
            Outcome outcome,
            String reason) {
        return begun(begin, id, client, null, method, path, operation, outcome, reason);
    }

    public static BeginRecord begun(
            Instant begin,
            long id,
            Client client,
            @Nullable String profile,
            String method,
            String path,
            @Nullable String operation,
            Outcome outcome,
            String reason) {
        return new BeginRecord(begin, id, client, profile, method, path, operation, outcome, reason, null, null);
    }

    public static Denial denial(
            Instant time,
            long exchange,
            String client,
            String method,
            String path,
            @Nullable String operation,
            boolean isWrite,
            String reason,
            List<Decision.Alternative> alternatives) {
        return new Denial(
                time, exchange, client, method, path, operation, isWrite, reason, alternatives, 1, "", List.of());
    }
}
