/**
 * What does the proxy know about one exchange?
 *
 * <p>Start at {@link org.socketproxy.exchange.Exchange}, the life of a request from the first filter to the audit record,
 * {@link org.socketproxy.exchange.ExchangeState}, its table of transitions, and {@link org.socketproxy.exchange.Trial}, its judgement.
 * {@link org.socketproxy.exchange.ActiveExchanges} is the registry of forwarded exchanges that have not ended.
 */
@NullMarked
package org.socketproxy.exchange;

import org.jspecify.annotations.NullMarked;
