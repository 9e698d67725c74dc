/**
 * Which certificate and key do we show, and whom do we trust?
 *
 * <p>Start at {@link org.socketproxy.tls.Identity} and {@link org.socketproxy.tls.Authorities}, which are read from PEM files
 * by {@link org.socketproxy.tls.Pem}. Listeners and the way to the daemon use the same.
 */
@NullMarked
package org.socketproxy.tls;

import org.jspecify.annotations.NullMarked;
