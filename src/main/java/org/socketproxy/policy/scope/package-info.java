/**
 * Does an object of the daemon belong to the profile?
 *
 * <p>Start at {@link org.socketproxy.policy.scope.Scope}, which the setting {@code TARGETS} configures. The column {@code scope}
 * of {@code operation-rules.tsv} says for each operation how a request is restricted to the objects of the profile;
 * {@link org.socketproxy.policy.scope.ScopedRequest} does it.
 */
@NullMarked
package org.socketproxy.policy.scope;

import org.jspecify.annotations.NullMarked;
