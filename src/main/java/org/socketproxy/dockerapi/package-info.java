/**
 * Which operation of the Docker or libpod API is this request?
 *
 * <p>Start at {@link org.socketproxy.dockerapi.RequestTarget}, the one reading of a request target, then
 * {@link org.socketproxy.dockerapi.OperationCatalogue}, which finds the {@link org.socketproxy.dockerapi.Operation} that it names.
 * The operations themselves are data: {@code docker-api.tsv} and {@code libpod-api.tsv} beside these classes.
 */
@NullMarked
package org.socketproxy.dockerapi;

import org.jspecify.annotations.NullMarked;
