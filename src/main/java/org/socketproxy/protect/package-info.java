/**
 * Which containers are the proxy's own, or clients of other profiles?
 *
 * <p>Start at {@link org.socketproxy.protect.SelfProtection}.
 */
@NullMarked
package org.socketproxy.protect;

import org.jspecify.annotations.NullMarked;
