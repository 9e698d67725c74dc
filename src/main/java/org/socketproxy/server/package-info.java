/**
 * How is the proxy assembled and started?
 *
 * <p>Start at {@link org.socketproxy.server.Main}, then {@link org.socketproxy.server.SocketProxyServer}.
 * {@link org.socketproxy.server.FilterChainInitializer} defines the order of the filters. Only this package reads the
 * environment of the process.
 */
@NullMarked
package org.socketproxy.server;

import org.jspecify.annotations.NullMarked;
