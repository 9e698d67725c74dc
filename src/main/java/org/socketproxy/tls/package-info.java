/**
 * Which certificate and key does the proxy present, and which certificate authorities does it trust?
 *
 * <p>Start at {@link org.socketproxy.tls.Identity} and {@link org.socketproxy.tls.Authorities}, which
 * {@link org.socketproxy.tls.Pem} loads from PEM files. Listeners and the daemon connection use the same classes.
 */
@NullMarked
package org.socketproxy.tls;

import org.jspecify.annotations.NullMarked;
