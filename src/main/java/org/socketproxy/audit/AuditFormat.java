package org.socketproxy.audit;

/** How audit records are written, one a line. */
public enum AuditFormat {
    TEXT {
        @Override
        String line(AuditEntry written) {
            return written.toText();
        }

        @Override
        String dropped(long records) {
            return "audit: " + records + " records were dropped, the output is too slow";
        }
    },
    /** See {@code docs/audit.md}. */
    JSON {
        @Override
        String line(AuditEntry written) {
            return written.toJson();
        }

        @Override
        String dropped(long records) {
            return "{\"dropped\":" + records + "}";
        }
    };

    abstract String line(AuditEntry written);

    /** What stands in the place of records that were lost. */
    abstract String dropped(long records);
}
