package org.socketproxy.audit;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Entry of the audit log: one line of text, or of JSON according to {@code docs/audit.schema.json}. */
public sealed interface AuditEntry permits BeginRecord, AuditRecord, PolicyChange {
    /**
     * Returns one line of text without a line end; fields from the client are escaped and truncated.
     *
     * @param zone time zone of the times in the line
     */
    String toText(ZoneId zone);

    /** Returns a JSON object on one line, without a line end. */
    String toJson();

    /**
     * Returns true if the entry is about an allowed exchange, which the proxy logs only with {@code LOG_LEVEL=info}.
     */
    boolean isAllowed();

    /** Formats a time by RFC 3339: in UTC with {@code Z}, in any other zone with its offset. */
    static String time(Instant instant, ZoneId zone) {
        return zone.equals(ZoneOffset.UTC)
                ? instant.toString()
                : DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(OffsetDateTime.ofInstant(instant, zone));
    }
}
