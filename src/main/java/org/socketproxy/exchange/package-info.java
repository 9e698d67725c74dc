/**
 * What does the proxy know about one exchange?
 *
 * <p>Start at {@link org.socketproxy.exchange.Exchange}, the one object of a request from the first filter to the audit
 * record, and {@link org.socketproxy.exchange.ExchangeState}, its life as a table of transitions.
 * {@link org.socketproxy.exchange.ActiveExchanges} is the registry of forwarded exchanges that have not ended.
 */
@NullMarked
package org.socketproxy.exchange;

import org.jspecify.annotations.NullMarked;
