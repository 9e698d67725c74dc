/**
 * Which variables and settings do the clients need, and what does a change of the policy allow?
 *
 * <p>Start at {@link org.socketproxy.policy.advice.Suggestion}.
 */
@NullMarked
package org.socketproxy.policy.advice;

import org.jspecify.annotations.NullMarked;
