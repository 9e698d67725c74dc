package org.socketproxy.usage;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Content of the ledger's file.
 *
 * @param profiles the counts by the name of the profile, without denials
 * @param learningSince begin of the learn mode that the administrator has not switched off, or null
 */
record LedgerContent(Map<String, Usage> profiles, @Nullable Instant learningSince) {
    LedgerContent {
        profiles = Map.copyOf(profiles);
    }
}
