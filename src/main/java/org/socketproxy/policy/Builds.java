package org.socketproxy.policy;

/** Form in which a connection is forwarded after {@code POST /grpc}, the first request of a client of BuildKit. */
public enum Builds {
    /** The proxy speaks HTTP/2, and each gRPC call is an operation. */
    JUDGED,
    /** The proxy forwards raw bytes. Not beside {@code CREATE=safe} or {@code TARGETS}, which could be bypassed. */
    TUNNEL
}
