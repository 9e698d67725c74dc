/**
 * In which order is a request judged?
 *
 * <p>Start at {@link org.socketproxy.filter.AuditFilter}, which begins the exchange, then
 * {@link org.socketproxy.filter.PermissionFilter}, which allows or denies it. The extension filter is in
 * {@code filter.extension}. The class {@code FilterChainInitializer} in {@code server} has the order as a list.
 */
@NullMarked
package org.socketproxy.filter;

import org.jspecify.annotations.NullMarked;
