package org.socketproxy.audit;

/** Entry of the audit log: one line of text, or of JSON according to {@code docs/audit.schema.json}. */
public sealed interface AuditEntry permits BeginRecord, AuditRecord, PolicyChange {
    /** Returns one line of text without a line end; fields from the client are escaped and truncated. */
    String toText();

    /** Returns a JSON object on one line, without a line end. */
    String toJson();

    /**
     * Returns true if the entry is about an allowed exchange, which the proxy logs only with {@code LOG_LEVEL=info}.
     */
    boolean isAllowed();
}
