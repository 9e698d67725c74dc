/**
 * What was asked for, allowed, denied and used?
 *
 * <p>Start at {@link org.socketproxy.usage.UsageLedger}, which counts, then {@link org.socketproxy.usage.LedgerFile}, which keeps
 * the counts over restarts, and {@link org.socketproxy.usage.Suggestion}, the smallest set of variables for what was asked.
 */
@NullMarked
package org.socketproxy.usage;

import org.jspecify.annotations.NullMarked;
