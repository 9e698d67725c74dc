/**
 * Which variables do the clients need, what does a change of the policy allow, and what can a hostile client gain?
 *
 * <p>Start at {@link org.socketproxy.policy.advice.Suggestion} and {@link org.socketproxy.policy.advice.Risk}.
 */
@NullMarked
package org.socketproxy.policy.advice;

import org.jspecify.annotations.NullMarked;
