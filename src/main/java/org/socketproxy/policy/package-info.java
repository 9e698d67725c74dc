/**
 * May this client do this operation, and if not, what would allow it?
 *
 * <p>Start at {@link org.socketproxy.policy.Policy#decide}. The {@link org.socketproxy.policy.Variable}s are data:
 * {@code variables.tsv} in the resources of this package.
 */
@NullMarked
package org.socketproxy.policy;

import org.jspecify.annotations.NullMarked;
