/**
 * How do raw bytes flow after a hijack?
 *
 * <p>Start at {@link org.socketproxy.tunnel.HijackUpgrade}, which turns an exchange into a tunnel when the daemon has agreed,
 * then {@code HijackTunnel}, which forwards bytes in both directions and passes on a half-close.
 */
@NullMarked
package org.socketproxy.tunnel;

import org.jspecify.annotations.NullMarked;
