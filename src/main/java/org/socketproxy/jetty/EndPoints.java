package org.socketproxy.jetty;

import org.eclipse.jetty.io.EndPoint;

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
}
