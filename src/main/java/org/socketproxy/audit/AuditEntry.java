package org.socketproxy.audit;

/** What the audit log writes: one line, as text or as JSON by the schema {@code docs/audit.schema.json}. */
public sealed interface AuditEntry permits BeginRecord, AuditRecord, PolicyChange {
    /** One line of text without a line end; what the client controls is escaped and cut. */
    String toText();

    /** The same as a JSON object in one line. */
    String toJson();

    /** Whether it is about an exchange that the variables allow, which only {@code LOG_LEVEL=info} logs. */
    boolean isAllowed();
}
