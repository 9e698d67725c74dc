/**
 * What was requested, allowed, denied and used?
 *
 * <p>Start at {@link org.socketproxy.usage.UsageLedger}, which counts, then {@link org.socketproxy.usage.LedgerFile},
 * which keeps the counts across restarts.
 */
@NullMarked
package org.socketproxy.usage;

import org.jspecify.annotations.NullMarked;
