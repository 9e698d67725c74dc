/**
 * How do the bytes reach the daemon and come back?
 *
 * <p>Start at {@link org.socketproxy.proxy.PermissionFilter}, which lets a request pass or answers it, then
 * {@link org.socketproxy.proxy.ExtensionFilter}, which asks the filters of others,
 * {@link org.socketproxy.proxy.DockerProxyServlet}, which forwards it, and {@link org.socketproxy.proxy.HijackTunnel},
 * which carries raw bytes both ways after the daemon agreed to. Nothing here blocks a thread, unless an extension does.
 */
@NullMarked
package org.socketproxy.proxy;

import org.jspecify.annotations.NullMarked;
