/**
 * Which operation of the Docker or libpod API is this request?
 *
 * <p>Start at {@link org.socketproxy.dockerapi.RequestTarget}, the only parser of request targets, then
 * {@link org.socketproxy.dockerapi.OperationCatalogue}, which finds the {@link org.socketproxy.dockerapi.Operation} of
 * a target. The operations are data: {@code docker-api.tsv} and {@code libpod-api.tsv} in the resources of this
 * package.
 */
@NullMarked
package org.socketproxy.dockerapi;

import org.jspecify.annotations.NullMarked;
