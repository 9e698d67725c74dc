/**
 * How is it all put together and started?
 *
 * <p>Start at {@link org.socketproxy.server.Main}, then {@link org.socketproxy.server.SocketProxyServer}. The order of
 * filters and servlets stands in {@link org.socketproxy.server.FilterChainInitializer}. This package alone reads the
 * process's environment.
 */
@NullMarked
package org.socketproxy.server;

import org.jspecify.annotations.NullMarked;
