package org.socketproxy.usage;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.socketproxy.audit.BeginRecord;
import org.socketproxy.client.PrintableText;
import org.socketproxy.policy.Decision;

/**
 * One exchange that the policy or an extension denied, or that could not be judged.
 *
 * @param exchange its id, as in the audit log
 * @param client its name, as in the audit log
 * @param method escaped and cut, since the client may send anything
 * @param path without the query, escaped and cut
 * @param operation id of the operation, or null if none was found
 * @param reason code of the decision, or of the fault that came before it; where an extension denied, a blank and its name
 *     follow
 * @param alternatives what would have allowed it by the variables of that moment, narrowest first; empty if nothing would
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
        List<Decision.Alternative> alternatives) {

    private static final int LONGEST = 200;

    public Denial {
        alternatives = List.copyOf(alternatives);
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
                decision == null || extension != null ? List.of() : decision.alternatives());
    }
}
