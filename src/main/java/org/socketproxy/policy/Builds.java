package org.socketproxy.policy;

import org.socketproxy.policy.build.SessionNames;

/**
 * How the commands of a build and its session are forwarded, after {@code POST /grpc} and {@code POST /session}.
 *
 * @param isTunnel false: the proxy speaks HTTP/2, and each gRPC call is an operation. True: the proxy forwards raw bytes; not beside
 *     {@code CREATE=safe} or {@code TARGETS}, which could be bypassed
 * @param names what the daemon may ask the clients for
 */
public record Builds(boolean isTunnel, SessionNames names) {
    public static final Builds JUDGED = new Builds(false, SessionNames.ALL);
    public static final Builds TUNNEL = new Builds(true, SessionNames.ALL);
}
