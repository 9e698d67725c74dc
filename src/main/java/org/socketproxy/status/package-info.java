/**
 * What does a person see?
 *
 * <p>Start at {@link org.socketproxy.status.StatusServlet}, which shows {@link org.socketproxy.status.StatusFacts}
 * through the template {@code status.jte}.
 */
@NullMarked
package org.socketproxy.status;

import org.jspecify.annotations.NullMarked;
