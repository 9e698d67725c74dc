/**
 * What does a person see?
 *
 * <p>Start at {@link org.socketproxy.status.StatusServlet}, which makes of
 * {@link org.socketproxy.status.StatusFacts} a {@link org.socketproxy.status.StatusPage} and shows it through the template
 * {@code status.jte} and those that it is made of.
 */
@NullMarked
package org.socketproxy.status;

import org.jspecify.annotations.NullMarked;
