/**
 * Which values of a response may be secrets, and how are they masked?
 *
 * <p>Start at {@link org.socketproxy.policy.mask.MaskRules}. The paths of the values are data: {@code secrets.tsv} in the
 * resources of this package.
 */
@NullMarked
package org.socketproxy.policy.mask;

import org.jspecify.annotations.NullMarked;
