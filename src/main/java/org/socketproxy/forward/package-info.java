/**
 * How does a request reach the daemon, and how does its response come back?
 *
 * <p>Start at {@link org.socketproxy.forward.DockerProxyServlet}, with a method for each step of an exchange, then
 * {@code ResponseForwarder}.
 */
@NullMarked
package org.socketproxy.forward;

import org.jspecify.annotations.NullMarked;
