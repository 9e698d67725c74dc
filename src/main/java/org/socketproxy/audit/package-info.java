/**
 * What happened?
 *
 * <p>Start at {@link org.socketproxy.audit.ExchangeFilter}, the first filter of the chain, which opens an
 * {@link org.socketproxy.audit.Exchange} and guarantees one {@link org.socketproxy.audit.AuditRecord} for it.
 */
@NullMarked
package org.socketproxy.audit;

import org.jspecify.annotations.NullMarked;
