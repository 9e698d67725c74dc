/**
 * How do listeners speak TLS?
 *
 * <p>Start at {@link org.socketproxy.server.tls.TlsMaterial}, which is what they show and whom they trust; {@link
 * org.socketproxy.server.tls.ListenerTls} hands it to Jetty, at the start and when the files change.
 */
@NullMarked
package org.socketproxy.server.tls;

import org.jspecify.annotations.NullMarked;
