/**
 * How do clients connect?
 *
 * <p>Start at {@link org.socketproxy.listener.TcpConnector} and {@link org.socketproxy.listener.UnixConnector}, then
 * {@code DockerHttpConnectionFactory}, which parses HTTP strictly, and
 * {@link org.socketproxy.listener.ConnectionLimits}.
 */
@NullMarked
package org.socketproxy.listener;

import org.jspecify.annotations.NullMarked;
