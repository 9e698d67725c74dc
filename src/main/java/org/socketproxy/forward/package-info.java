/**
 * How does a request reach the daemon, and how does its response come back?
 *
 * <p>Start at {@link org.socketproxy.forward.DockerProxyServlet}, whose methods are the steps of an exchange, then
 * {@code ResponseForwarder}.
 */
@NullMarked
package org.socketproxy.forward;

import org.jspecify.annotations.NullMarked;
