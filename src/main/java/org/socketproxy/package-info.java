/**
 * The proxy as a part of another program: {@link org.socketproxy.SocketProxy}.
 *
 * <p>This package and {@link org.socketproxy.extension} are published: nothing in them is removed, renamed or given another
 * meaning without a new major version (before 1.0: without an entry in the changelog). All other packages are internal.
 */
@NullMarked
package org.socketproxy;

import org.jspecify.annotations.NullMarked;
