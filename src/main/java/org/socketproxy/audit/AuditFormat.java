package org.socketproxy.audit;

/** Format of audit records, one per line. */
public enum AuditFormat {
    TEXT {
        @Override
        String line(AuditEntry written) {
            return written.toText();
        }

        @Override
        String dropped(long records) {
            return "audit: " + records + " records were dropped, because the output is too slow";
        }
    },
    /** JSON as described in {@code docs/audit.md}. */
    JSON {
        @Override
        String line(AuditEntry written) {
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

    abstract String line(AuditEntry written);

    /** Returns the line that replaces dropped records. */
    abstract String dropped(long records);
}
