/**
 * May this client do this operation, and if not, what would allow it, and at what risk?
 *
 * <p>Start at {@link org.socketproxy.policy.Profile#decide}. {@link org.socketproxy.policy.Profiles} assigns a profile to
 * each client. The {@link org.socketproxy.policy.Variables.Variable}s are data: {@code variables.tsv} in the resources of this
 * package.
 */
@NullMarked
package org.socketproxy.policy;

import org.jspecify.annotations.NullMarked;
