/**
 * How do raw bytes flow after a hijack?
 *
 * <p>Start at {@link org.socketproxy.tunnel.HijackUpgrade}, which turns an exchange into a tunnel when the daemon
 * answers 101, then {@code HijackTunnel}, which forwards bytes and half-closes in both directions.
 */
@NullMarked
package org.socketproxy.tunnel;

import org.jspecify.annotations.NullMarked;
