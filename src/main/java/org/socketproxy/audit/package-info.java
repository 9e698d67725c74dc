/**
 * What happened?
 *
 * <p>Start at {@link org.socketproxy.filter.AuditFilter}, the first filter of the chain, which begins an
 * {@link org.socketproxy.exchange.Exchange} and guarantees one {@link org.socketproxy.audit.AuditRecord} for it: a line
 * of the {@link org.socketproxy.audit.AuditLog}, and a count in the {@link org.socketproxy.usage.UsageLedger}.
 * {@link org.socketproxy.audit.RejectionCounter} counts connections and requests that the proxy rejects before an
 * exchange.
 */
@NullMarked
package org.socketproxy.audit;

import org.jspecify.annotations.NullMarked;
