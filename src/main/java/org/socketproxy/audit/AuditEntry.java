package org.socketproxy.audit;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Entry of the audit log: one line of text, or of JSON according to {@code docs/audit.schema.json}. */
public sealed interface AuditEntry permits BeginRecord, PolicyChange, AuditEntry.Repeatable {
    /** Returns one line of text without a line end, with times in this zone; fields from the client are escaped and truncated. */
    String toText(ZoneId zone);

    /** Returns a JSON object on one line, without a line end. */
    String toJson();

    /** Returns true for an entry about an allowed exchange, which needs {@code LOG_LEVEL=info}. */
    boolean isAllowed();

    /** Record of an exchange that can stand for equal ones, with {@code LOG_REPEATS=collapse}. */
    sealed interface Repeatable extends AuditEntry permits AuditRecord, ShadowRecord {
        BeginRecord begun();

        /** Returns the number of records that this one stands for. */
        long repeated();

        /** Returns the same record for a number of records. */
        Repeatable repeated(long records);
    }

    /** Formats by RFC 3339: UTC with {@code Z}, another zone with its offset. */
    static String time(Instant instant, ZoneId zone) {
        return zone.equals(ZoneOffset.UTC)
                ? instant.toString()
                : DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(OffsetDateTime.ofInstant(instant, zone));
    }
}
