/**
 * What does a person or Prometheus see?
 *
 * <p>Start at {@link org.socketproxy.status.StatusServlet}. It converts {@link org.socketproxy.status.StatusSource} to the
 * view model {@link org.socketproxy.status.StatusPage} and renders the template {@code status.jte}.
 */
@NullMarked
package org.socketproxy.status;

import org.jspecify.annotations.NullMarked;
