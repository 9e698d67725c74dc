/**
 * How is TLS spoken, by listeners and with the daemon?
 *
 * <p>Start at {@link org.socketproxy.server.tls.Credentials}, which are all the certificates and keys that the settings name;
 * {@link org.socketproxy.server.tls.ListenerTls} hands those of the listeners to Jetty, at the start and when the files
 * change.
 */
@NullMarked
package org.socketproxy.server.tls;

import org.jspecify.annotations.NullMarked;
