package org.socketproxy.audit;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;
import org.socketproxy.client.Client;

/**
 * Audit record of the begin of a stream or tunnel, so that the log contains a running exec even if the proxy is killed.
 *
 * <p>Security: has no header and no query, because they may contain credentials.
 *
 * @param begin time of the complete request head
 * @param id number of the exchange, the same as at its end
 * @param profile name of the profile in the policy file, or null without one
 * @param method as received, truncated
 * @param path as received, without the query, truncated
 * @param operation null if the catalogue does not have it
 * @param reason code of the decision's reason
 * @param container name of the client's container, or null if it is unknown
 * @param detail JSON pointer of the field, or name of the parameter, that was denied; or null
 */
public record BeginRecord(
        Instant begin,
        long id,
        Client client,
        @Nullable String profile,
        String method,
        String path,
        @Nullable String operation,
        Outcome outcome,
        String reason,
        @Nullable String container,
        @Nullable String detail)
        implements AuditEntry {

    public BeginRecord {
        method = AuditRecord.cut(method);
        path = AuditRecord.cut(path);
        detail = detail == null ? null : AuditRecord.cut(detail);
    }

    /** Returns the record with the name of the client's container. */
    public BeginRecord in(@Nullable String name) {
        return name == null || name.equals(container)
                ? this
                : new BeginRecord(begin, id, client, profile, method, path, operation, outcome, reason, name, detail);
    }

    @Override
    public boolean isAllowed() {
        return outcome == Outcome.ALLOW;
    }

    @Override
    public String toText(ZoneId zone) {
        return textFields(zone) + " begin";
    }

    @Override
    public String toJson() {
        return AuditJson.exchange(json -> {
            json.writeStartObject();
            writeFields(json, "begin");
            json.writeEndObject();
        });
    }

    /** Formats the fields of both records of an exchange. */
    String textFields(ZoneId zone) {
        return AuditEntry.time(begin, zone) + " #" + id + " " + client.name() + (profile == null ? "" : "@" + profile)
                + " " + outcome.code() + " " + reason
                + " "
                + AuditRecord.escape(method) + " " + AuditRecord.escape(path) + " "
                + (operation == null ? "-" : operation);
    }

    /** Writes the fields of both records of an exchange. */
    void writeFields(JsonGenerator json, String event) throws IOException {
        json.writeStringField("time", begin.toString());
        json.writeNumberField("id", id);
        json.writeStringField("event", event);
        AuditJson.writeText(json, "client", client.address());
        AuditJson.writeOptional(json, "container", container);
        AuditJson.writeOptional(json, "listener", client.listener());
        AuditJson.writeOptional(json, "user", client.user());
        AuditJson.writeOptional(json, "group", client.group());
        Client.Certificate shown = client.certificate();
        if (shown != null) {
            AuditJson.writeText(json, "certificateSubject", shown.subject());
            AuditJson.writeTexts(json, "certificateNames", shown.names());
        }
        AuditJson.writeOptional(json, "profile", profile);
        AuditJson.writeText(json, "method", method);
        AuditJson.writeText(json, "target", path);
        AuditJson.writeText(json, "operation", operation);
        json.writeStringField("decision", outcome.code());
        AuditJson.writeText(json, "reason", reason);
        AuditJson.writeOptional(json, "detail", detail);
    }
}
