/**
 * API to embed the proxy in another program: {@link org.socketproxy.SocketProxy}.
 *
 * <p>This package and {@link org.socketproxy.extension} are the public API: incompatible changes need a new major version
 * (before 1.0: an entry in the changelog). All other packages are internal.
 */
@NullMarked
package org.socketproxy;

import org.jspecify.annotations.NullMarked;
