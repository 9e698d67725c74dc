package org.socketproxy.audit;

import java.time.ZoneId;

/** Format of audit records, one per line. */
public enum AuditFormat {
    TEXT {
        @Override
        String line(AuditEntry written, ZoneId zone) {
            return written.toText(zone);
        }

        @Override
        String dropped(long records) {
            return "audit: " + records + " records were dropped, because the output is too slow";
        }
    },
    /** JSON as described in {@code docs/audit.md}. */
    JSON {
        @Override
        String line(AuditEntry written, ZoneId zone) {
            return written.toJson();
        }

        @Override
        String dropped(long records) {
            return AuditJson.change(json -> {
                json.writeStartObject();
                json.writeNumberField("dropped", records);
                json.writeEndObject();
            });
        }
    };

    /** Formats an entry without a line end; the zone is that of the times in text, JSON is in UTC. */
    abstract String line(AuditEntry written, ZoneId zone);

    /** Returns the line about dropped records. */
    abstract String dropped(long records);
}
