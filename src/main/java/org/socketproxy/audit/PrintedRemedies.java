package org.socketproxy.audit;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Leaves the remedy only in the first record of each kind of denial.
 *
 * <p>Threading: confined to the printer thread of {@link AuditLog}.
 *
 * <p>Security: remembers at most {@link #MOST} kinds, of which clients can make any number; the remedy of the oldest is printed again.
 */
final class PrintedRemedies {
    static final int MOST = 1000;

    private final Map<Kind, Boolean> printed = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Kind, Boolean> eldest) {
            return size() > MOST;
        }
    };

    private record Kind(@Nullable String profile, @Nullable String operation, String reason, List<String> remedy) {}

    AuditEntry once(AuditEntry entry) {
        if (!(entry instanceof AuditRecord ended) || ended.remedy().isEmpty()) {
            return entry;
        }
        BeginRecord begun = ended.begun();
        Kind kind = new Kind(begun.profile(), begun.operation(), begun.reason(), ended.remedy());
        return printed.put(kind, true) == null ? entry : ended.withoutRemedy();
    }
}
