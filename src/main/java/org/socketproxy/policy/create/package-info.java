/**
 * Does a request body ask for more than the rules allow (stage 3)? Start reading at
 * {@link org.socketproxy.policy.create.CreateRules}; the fields are in {@code create-fields.tsv}.
 */
@NullMarked
package org.socketproxy.policy.create;

import org.jspecify.annotations.NullMarked;
