package org.socketproxy.filter;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.Locale;
import org.socketproxy.dockerapi.Operation;

/**
 * Finds requests that say they are gRPC where no gRPC is. Daemons newer than Podman 5.4 and dockerd 26 hand a request to their
 * gRPC server by its {@code Content-Type} whatever its path, so it would not be the operation that was judged.
 */
final class GrpcContentTypeCheck {
    static final String CODE = "grpc-content-type";
    static final String SENTENCE = "the content type application/grpc is only for operations that upgrade to h2c";

    private static final String GRPC = "application/grpc";

    private GrpcContentTypeCheck() {}

    /** Whether any content type is gRPC's, with or without a suffix such as {@code +proto}, outside of its operations. */
    static boolean isTried(HttpServletRequest request, Operation operation) {
        return !"h2c".equals(operation.upgrade())
                && Collections.list(request.getHeaders("Content-Type")).stream()
                        .anyMatch(type -> type.toLowerCase(Locale.ROOT).contains(GRPC));
    }
}
