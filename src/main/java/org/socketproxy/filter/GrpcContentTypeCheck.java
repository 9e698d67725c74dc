package org.socketproxy.filter;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.Locale;
import org.socketproxy.dockerapi.Operation;

/**
 * Rejects the gRPC content type for operations without gRPC. Daemons newer than Podman 5.4 and dockerd 26 route a
 * request with this {@code Content-Type} to their gRPC server, whatever its path, so it would bypass the checked
 * operation.
 */
final class GrpcContentTypeCheck {
    static final String CODE = "grpc-content-type";
    static final String SENTENCE = "the content type application/grpc is only for operations that upgrade to h2c";

    private static final String GRPC = "application/grpc";

    private GrpcContentTypeCheck() {}

    /**
     * Returns true for a gRPC content type, also with a suffix such as {@code +proto}, on an operation without gRPC.
     */
    static boolean isTried(HttpServletRequest request, Operation operation) {
        return !"h2c".equals(operation.upgrade())
                && Collections.list(request.getHeaders("Content-Type")).stream()
                        .anyMatch(type -> type.toLowerCase(Locale.ROOT).contains(GRPC));
    }
}
