package org.socketproxy.jetty;

import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.EndPoint;
import org.jspecify.annotations.Nullable;

/** Unwraps the end points that Jetty wraps for TLS and for the PROXY protocol. */
public final class EndPoints {
    private EndPoints() {}

    /** Returns the end point of the socket. */
    public static EndPoint unwrap(EndPoint endPoint) {
        EndPoint inner = endPoint;
        while (inner instanceof EndPoint.Wrapper wrapper) {
            inner = wrapper.unwrap();
        }
        return inner;
    }

    /** Returns the end point itself or the first one below it that is an {@link AbstractEndPoint}, or null. */
    public static @Nullable AbstractEndPoint nearest(EndPoint endPoint) {
        EndPoint inner = endPoint;
        while (!(inner instanceof AbstractEndPoint) && inner instanceof EndPoint.Wrapper wrapper) {
            inner = wrapper.unwrap();
        }
        return inner instanceof AbstractEndPoint found ? found : null;
    }
}
