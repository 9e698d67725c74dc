/**
 * Which form and size may a value have that a client sends? Start reading at
 * {@link org.socketproxy.policy.value.ValueRule}.
 */
@NullMarked
package org.socketproxy.policy.value;

import org.jspecify.annotations.NullMarked;
