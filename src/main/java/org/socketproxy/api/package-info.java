/**
 * Which operation of the Docker or libpod API is this request?
 *
 * <p>Start at {@link org.socketproxy.api.RequestTarget}, the one reading of a request target, then
 * {@link org.socketproxy.api.OperationCatalogue}, which finds the {@link org.socketproxy.api.Operation} that it names.
 * The operations themselves are data: {@code docker-api.tsv} and {@code libpod-api.tsv} beside these classes.
 */
@NullMarked
package org.socketproxy.api;

import org.jspecify.annotations.NullMarked;
