package org.socketproxy.usage;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.BeginRecord;
import org.socketproxy.client.PrintableText;
import org.socketproxy.policy.Decision;

/**
 * Denied exchange, or several equal ones: the policy or an extension denied it, or the decision failed.
 *
 * @param exchange number of the exchange in the audit log, or 0 for several
 * @param method escaped and truncated, because the client may send any text
 * @param path as the method, without the query
 * @param operation null if the catalogue does not have it
 * @param reason code of the decision's reason or of an earlier fault; then a space and the extension that denied the request
 * @param alternatives sets of missing variables at that time, narrowest first; empty if no variable allows it
 * @param detail JSON pointer of the denied field, or name of the parameter, escaped and truncated; or empty
 */
public record Denial(
        Instant time,
        long exchange,
        String client,
        String method,
        String path,
        @Nullable String operation,
        boolean isWrite,
        String reason,
        List<Decision.Alternative> alternatives,
        long times,
        String detail) {

    public static final Comparator<Denial> NEWEST_FIRST = Comparator.comparing(Denial::time)
            .thenComparingLong(Denial::exchange)
            .reversed();

    private static final int LONGEST = 200;

    public Denial {
        alternatives = List.copyOf(alternatives);
    }

    /** Creates a denial of one request, without a denied field. */
    public Denial(
            Instant time,
            long exchange,
            String client,
            String method,
            String path,
            @Nullable String operation,
            boolean isWrite,
            String reason,
            List<Decision.Alternative> alternatives) {
        this(time, exchange, client, method, path, operation, isWrite, reason, alternatives, 1, "");
    }

    /** Returns true if only the ledger has the denial; then the path is the template of the operation. */
    public boolean isCounted() {
        return exchange == 0;
    }

    static Denial of(BeginRecord begun, @Nullable String extension, @Nullable Decision decision, Instant time) {
        return new Denial(
                time,
                begun.id(),
                begun.client().name(),
                PrintableText.escape(begun.method(), LONGEST),
                PrintableText.escape(begun.path(), LONGEST),
                begun.operation(),
                decision != null && decision.isWrite(),
                extension == null ? begun.reason() : begun.reason() + " " + extension,
                decision == null || extension != null ? List.of() : decision.alternatives(),
                1,
                begun.detail() == null ? "" : PrintableText.escape(begun.detail(), LONGEST));
    }
}
