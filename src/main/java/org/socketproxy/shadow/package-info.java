/** What would the policy in {@code SHADOW_POLICY} deny? */
@NullMarked
package org.socketproxy.shadow;

import org.jspecify.annotations.NullMarked;
