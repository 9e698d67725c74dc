package org.socketproxy.policy;

/** What happens after {@code POST /grpc}, with which a client of BuildKit begins. */
public enum Builds {
    /** The proxy speaks HTTP/2, and each gRPC call is an operation. */
    JUDGED,
    /** The proxy forwards raw bytes. Not beside {@code CREATE=safe} or {@code TARGETS}, which could be bypassed. */
    TUNNEL
}
