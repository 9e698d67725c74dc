package org.socketproxy.audit;

import java.time.ZoneId;

/** Format of audit records, one per line. */
public enum AuditFormat {
    TEXT {
        @Override
        void append(AuditEntry written, ZoneId zone, long number, StringBuilder lines) {
            lines.append(written.toText(zone)).append(" seq=").append(number);
        }

        @Override
        String dropped(long records) {
            return "audit: " + records + " records were dropped, because the output did not take them";
        }
    },
    /** JSON as described in {@code docs/audit.md}. */
    JSON {
        @Override
        void append(AuditEntry written, ZoneId zone, long number, StringBuilder lines) {
            String json = written.toJson();
            lines.append(json, 0, json.length() - 1)
                    .append(",\"seq\":")
                    .append(number)
                    .append('}');
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

    /** Appends an entry and its number in the log without a line end; the zone is that of the times in text, JSON is in UTC. */
    abstract void append(AuditEntry written, ZoneId zone, long number, StringBuilder lines);

    /** Returns the line about dropped records. */
    abstract String dropped(long records);
}
