package org.socketproxy.usage;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Content of the ledger's file.
 *
 * @param usage the counts, without denials
 * @param learningSince begin of the learn mode that the administrator has not switched off, or null
 */
record LedgerContent(Usage usage, @Nullable Instant learningSince) {}
