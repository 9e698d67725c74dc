package org.socketproxy.filter;

import java.util.Locale;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.exchange.ClientConnection;

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
    static boolean isTried(ClientConnection clientSide, Operation operation) {
        if ("h2c".equals(operation.upgrade())) {
            return false;
        }
        for (HttpField field : clientSide.request().getHeaders()) {
            if (field.is(HttpHeader.CONTENT_TYPE.asString()) && isGrpc(field.getValue())) {
                return true;
            }
        }
        return false;
    }

    private static boolean isGrpc(@Nullable String type) {
        return type != null && type.toLowerCase(Locale.ROOT).contains(GRPC);
    }
}
