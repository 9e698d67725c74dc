/**
 * In which order does the proxy check a request?
 *
 * <p>Start at {@link org.socketproxy.filter.AuditFilter}, which begins the exchange, then
 * {@link org.socketproxy.filter.PermissionFilter}, which allows or denies it. The extension filter is in
 * {@code filter.extension}. The class {@code FilterChainInitializer} in {@code server} lists the filters in order.
 */
@NullMarked
package org.socketproxy.filter;

import org.jspecify.annotations.NullMarked;
