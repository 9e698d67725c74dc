package org.socketproxy.audit;

import java.time.Instant;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.Client;

/**
 * Audit record of the begin of a stream or tunnel, so that the log contains a running exec even if the proxy is killed
 * before the exec ends.
 *
 * <p>Security: it contains no header and no query, because they may contain credentials.
 *
 * @param begin time at which the request head was complete
 * @param id number of the exchange, the same as in the record of its end
 * @param client the client of the exchange
 * @param method the HTTP method as received, truncated
 * @param path the path as received, without the query, truncated
 * @param operation id of the operation, or null if the catalogue does not have it
 * @param passage outcome according to the policy
 * @param reason code of the decision's reason
 */
public record BeginRecord(
        Instant begin,
        long id,
        Client client,
        String method,
        String path,
        @Nullable String operation,
        Outcome passage,
        String reason)
        implements AuditEntry {

    /** Truncates method and path like {@link AuditRecord}. */
    public BeginRecord {
        method = AuditRecord.cut(method);
        path = AuditRecord.cut(path);
    }

    @Override
    public boolean isAllowed() {
        return passage == Outcome.ALLOW;
    }

    @Override
    public String toText() {
        return textFields() + " begin";
    }

    @Override
    public String toJson() {
        return "{" + jsonFields("begin") + "}";
    }

    /** Formats the fields that both records of an exchange have. */
    String textFields() {
        return begin + " #" + id + " " + client.name() + " " + passage.code() + " " + reason + " "
                + AuditRecord.escape(method) + " " + AuditRecord.escape(path) + " "
                + (operation == null ? "-" : operation);
    }

    /** Formats the fields that both records of an exchange have. */
    String jsonFields(String event) {
        return "\"time\":\"" + begin + "\",\"id\":" + id + ",\"event\":\"" + event + "\",\"client\":"
                + AuditRecord.quote(client.address())
                + AuditRecord.optional("user", client.user()) + AuditRecord.optional("group", client.group())
                + certificate() + ",\"method\":" + AuditRecord.quote(method) + ",\"target\":" + AuditRecord.quote(path)
                + ",\"operation\":" + (operation == null ? "null" : AuditRecord.quote(operation)) + ",\"decision\":\""
                + passage.code() + "\",\"reason\":" + AuditRecord.quote(reason);
    }

    private String certificate() {
        Client.Certificate shown = client.certificate();
        if (shown == null) {
            return "";
        }
        return ",\"certificateSubject\":" + AuditRecord.quote(shown.subject()) + ",\"certificateNames\":"
                + shown.names().stream().map(AuditRecord::quote).collect(Collectors.joining(",", "[", "]"));
    }
}
