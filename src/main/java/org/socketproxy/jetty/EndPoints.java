package org.socketproxy.jetty;

import org.eclipse.jetty.io.EndPoint;

/** Looks through the wrappers that TLS and the PROXY protocol put around an end point. */
public final class EndPoints {
    private EndPoints() {}

    /** The end point of the socket itself. */
    public static EndPoint unwrap(EndPoint endPoint) {
        EndPoint inner = endPoint;
        while (inner instanceof EndPoint.Wrapper wrapper) {
            inner = wrapper.unwrap();
        }
        return inner;
    }
}
