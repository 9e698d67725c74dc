/**
 * May this client build this, as the messages of BuildKit describe it (stage 3)? Start reading at
 * {@link org.socketproxy.policy.build.BuildMessage}; the fields are in {@code build-fields.tsv}.
 */
@NullMarked
package org.socketproxy.policy.build;

import org.jspecify.annotations.NullMarked;
