package org.socketproxy.usage;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * All that the ledger's file keeps.
 *
 * @param learningSince when learn mode began that was not ended by the administrator since, or null for none
 */
record LedgerContent(Usage usage, @Nullable Instant learningSince) {}
