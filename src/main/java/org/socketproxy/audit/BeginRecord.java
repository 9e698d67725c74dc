package org.socketproxy.audit;

import java.time.Instant;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.Client;

/**
 * The part of an exchange that is known when it is decided. Written when a stream or a tunnel begins, so that a running
 * exec is in the log, also if the proxy is killed before it ends. It holds no header and no query, where credentials may
 * be.
 *
 * @param begin when the request's head had been read
 * @param id the same as in the record of the end
 * @param path as received, without the query
 * @param operation id of the operation, or null if none was found
 * @param reason code of the decision
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

    /** Cuts what the client sent, as {@link AuditRecord} does. */
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

    /** The fields that both records of an exchange have. */
    String textFields() {
        return begin + " #" + id + " " + client.name() + " " + passage.code() + " " + reason + " "
                + AuditRecord.escape(method) + " " + AuditRecord.escape(path) + " "
                + (operation == null ? "-" : operation);
    }

    /** The fields that both records of an exchange have. */
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
