/**
 * Does a request act on the proxy's own container, or on a client of another profile?
 *
 * <p>Start at {@link org.socketproxy.policy.self.ProxyContainer}. The column {@code self} of {@code operation-rules.tsv} says for each operation
 * where the request names an object that may be the proxy's own.
 */
@NullMarked
package org.socketproxy.policy.self;

import org.jspecify.annotations.NullMarked;
