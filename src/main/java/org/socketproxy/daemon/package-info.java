/**
 * How does the proxy connect to the daemon?
 *
 * <p>Start at {@link org.socketproxy.daemon.Daemon}: Unix socket, TCP or TLS, and the messages that explain a failed
 * exchange. {@link org.socketproxy.daemon.DaemonProbe} checks whether the daemon answers.
 */
@NullMarked
package org.socketproxy.daemon;

import org.jspecify.annotations.NullMarked;
