/**
 * What was requested, allowed, denied and used?
 *
 * <p>Start at {@link org.socketproxy.usage.UsageLedger}, which counts.
 */
@NullMarked
package org.socketproxy.usage;

import org.jspecify.annotations.NullMarked;
