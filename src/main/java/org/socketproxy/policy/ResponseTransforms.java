package org.socketproxy.policy;

import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.RequestTarget;

/**
 * Assigns a transform to the responses of a profile's exchanges. An operation that can become a tunnel is never asked for.
 *
 * <p>Threading: called by any number of threads, once for each exchange before it is forwarded; must not block. An
 * exception denies the exchange with status 500.
 */
@FunctionalInterface
public interface ResponseTransforms {
    /** Passes all responses byte for byte. */
    ResponseTransforms NONE = (operation, target) -> null;

    /**
     * Returns a new transform for the response of one exchange, or null if the response passes byte for byte.
     *
     * @param target with the API version and the query, on which the shape of a response can depend
     */
    @Nullable
    ResponseTransform of(Operation operation, RequestTarget target);
}
